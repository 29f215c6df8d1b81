// Sends calls with @segment/analytics-node: HOST KEY CALLS PAUSE.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const [, , host, writeKey, calls, pause, modules] = process.argv;
const { Analytics } = createRequire(modules)("@segment/analytics-node");
const analytics = new Analytics({ writeKey, host, flushAt: 20, flushInterval: 100 });
const failures = [];
analytics.on("error", (error) => failures.push(error));
for (const { type, ...fields } of JSON.parse(readFileSync(calls, "utf8"))) {
  analytics[type](fields);
  await sleep(Number(pause) * 1000);
}
await analytics.closeAndFlush({ timeout: 120_000 });
if (failures.length > 0) {
  console.error(failures);
  process.exit(1);
}
