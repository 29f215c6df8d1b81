import { expect, it } from "vitest";
import type { Edge, FlowCounts } from "../../generated/talk";
import { countOf, passedBy } from "./counts";

const SENT: Edge = { id: "1", source: "ask", target: "x", outcomes: ["sent"], label: "", tone: "" };
const GONE: Edge = { id: "2", source: "ask", target: "y", outcomes: ["dropped", "failed"], label: "", tone: "" };
const LATE: Edge = { id: "3", source: "ask", target: "z", outcomes: ["dropped.too_late"], label: "", tone: "" };
const COUNTS: FlowCounts = {
  steps: {
    ask: {
      waiting: 1,
      passed: 10,
      outcomes: { sent: 4, failed: 1, "dropped.no_permission": 2, "dropped.too_late": 3 },
      held: 0,
      dropped: 5,
    },
  },
};

it("counts an outcome by its name", () => {
  expect(passedBy(SENT, COUNTS, [SENT, GONE])).toBe(4);
});

it("counts a family where no way has the exact name", () => {
  expect(passedBy(GONE, COUNTS, [SENT, GONE])).toBe(6);
});

it("prefers the exact name to the family, so that nobody is counted twice", () => {
  const ways = [SENT, GONE, LATE];
  expect(ways.map((way) => passedBy(way, COUNTS, ways))).toEqual([4, 3, 3]);
});

it("takes a step that nobody has come to for empty", () => {
  expect(countOf(COUNTS, "elsewhere").waiting).toBe(0);
});
