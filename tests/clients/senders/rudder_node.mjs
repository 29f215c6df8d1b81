// Sends calls with @rudderstack/rudder-sdk-node: HOST KEY CALLS PAUSE MODULES [GATE].
// After a third of the calls it waits until there is a file GATE.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const [, , dataPlaneUrl, writeKey, calls, pause, modules, gate = "/"] = process.argv;
const Analytics = createRequire(modules)("@rudderstack/rudder-sdk-node");
const failures = [];
const analytics = new Analytics(writeKey, {
  dataPlaneUrl,
  flushAt: 20,
  flushInterval: 100,
  // Its three tries of a second together are fewer than a server needs to come back.
  retryCount: 12,
  errorHandler: (error) => failures.push(error),
});
const all = JSON.parse(readFileSync(calls, "utf8"));
const third = Math.ceil(all.length / 3);
const opened = (async () => {
  while (!existsSync(gate)) await sleep(20);
})();
const answers = all.map(async ({ type, ...fields }, index) => {
  if (index >= third) await opened;
  await sleep((index % third) * Number(pause) * 1000 * (index < third ? 1 : 2));
  return new Promise((resolve) => {
    analytics[type](fields, (error) => {
      if (error) failures.push(error);
      resolve();
    });
  });
});
await Promise.all(answers);
await analytics.flush();
if (failures.length > 0) {
  console.error(failures);
  process.exit(1);
}
process.exit(0);
