import { describe, expect, it } from "vitest";
import type { Drawing, Edge } from "../../generated/talk";
import { layOut, pathThrough, type Size } from "./layout";

const NODE: Size = { width: 240, height: 100 };

function drawing(ways: readonly (readonly [string, string])[]): Drawing {
  const ids = [...new Set(ways.flat())];
  return {
    first: ids[0] ?? "",
    nodes: ids.map((id) => ({ id, kind: "send", kind_name: "", title: id, lines: [], texts: [], url: "" })),
    edges: ways.map(([source, target]) => edge(source, target)),
  };
}

function edge(source: string, target: string): Edge {
  return { id: `${source}>${target}`, source, target, outcomes: ["sent"], label: "sent", tone: "plain" };
}

describe("layOut", () => {
  it("puts what follows below what it follows", () => {
    const { places } = layOut(drawing([["a", "b"], ["b", "c"]]), () => NODE, () => ({ width: 60, height: 20 }));
    const tops = ["a", "b", "c"].map((id) => places.get(id)?.y ?? NaN);
    expect(tops).toEqual([...tops].sort((one, other) => one - other));
    expect(new Set(tops).size).toBe(3);
  });

  it("keeps room between steps for tall words on an edge", () => {
    const label = { width: 120, height: 90 };
    const { places, ways } = layOut(drawing([["a", "b"]]), () => NODE, () => label);
    const from = (places.get("a")?.y ?? 0) + NODE.height;
    const to = places.get("b")?.y ?? 0;
    const middle = ways.get("a>b")?.label.y ?? 0;
    expect(middle - label.height / 2).toBeGreaterThanOrEqual(from);
    expect(middle + label.height / 2).toBeLessThanOrEqual(to);
  });

  it("keeps the words of neighbouring ways apart", () => {
    const label = { width: 200, height: 20 };
    const { ways } = layOut(drawing([["a", "b"], ["a", "c"], ["a", "d"]]), () => NODE, () => label);
    const middles = [...ways.values()].map((way) => way.label.x).sort((one, other) => one - other);
    const gaps = middles.slice(1).map((x, index) => x - (middles[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(label.width);
  });

  it("draws a way back", () => {
    const { ways } = layOut(drawing([["a", "b"], ["b", "a"]]), () => NODE, () => ({ width: 40, height: 20 }));
    expect(ways.get("b>a")?.points.length).toBeGreaterThan(1);
  });
});

describe("pathThrough", () => {
  it("is nothing for no points", () => {
    expect(pathThrough([])).toBe("");
  });

  it("is a straight line between two points", () => {
    expect(pathThrough([{ x: 0, y: 0 }, { x: 0, y: 50 }])).toBe("M0,0L0,50");
  });

  it("softens a corner without passing the middle of a short side", () => {
    const path = pathThrough([{ x: 0, y: 0 }, { x: 0, y: 10 }, { x: 100, y: 10 }], 14);
    expect(path).toBe("M0,0L0,5Q0,10 14,10L100,10");
  });
});
