import { expect, it } from "vitest";
import { inWords } from "./times";

const finnish = new Intl.RelativeTimeFormat("fi", { numeric: "auto" });
const english = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

it("says a time in its largest whole unit", () => {
  expect([-3, -40, -61, -7199, -7200, -90_000].map((seconds) => inWords(seconds, english))).toEqual([
    "now",
    "40 seconds ago",
    "1 minute ago",
    "1 hour ago",
    "2 hours ago",
    "yesterday",
  ]);
});

it("says what is to come", () => {
  expect(inWords(3 * 60, finnish)).toBe("3 minuutin päästä");
});
