// Sends calls with @segment/analytics-node: HOST KEY CALLS PAUSE MODULES [GATE].
// After a third of the calls it waits until there is a file GATE.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const [, , host, writeKey, calls, pause, modules, gate = "/"] = process.argv;
const { Analytics } = createRequire(modules)("@segment/analytics-node");
const analytics = new Analytics({ writeKey, host, flushAt: 20, flushInterval: 100 });
const failures = [];
analytics.on("error", (error) => failures.push(error));
const all = JSON.parse(readFileSync(calls, "utf8"));
for (const [number, { type, ...fields }] of all.entries()) {
  while (number >= all.length / 3 && !existsSync(gate)) await sleep(20);
  analytics[type](fields);
  await sleep(Number(pause) * 1000);
}
await analytics.closeAndFlush({ timeout: 120_000 });
if (failures.length > 0) {
  console.error(failures);
  process.exit(1);
}
