/**
 * Copies analytics.js as its package brings it (MIT), unchanged, to where the tracking door serves it
 * from, so that a web page can load it with the usual snippet and from no other host.
 */
import { cpSync, mkdirSync, readdirSync } from "node:fs";

const from = new URL("node_modules/@segment/analytics-next/", import.meta.url);
const to = new URL("../src/keskio/web/static/built/analytics/", import.meta.url);

mkdirSync(to, { recursive: true });
cpSync(new URL("LICENSE.MD", from), new URL("LICENSE.md", to));
for (const name of readdirSync(new URL("dist/umd/", from))) {
  if (name.endsWith(".js")) cpSync(new URL(`dist/umd/${name}`, from), new URL(name, to));
}
