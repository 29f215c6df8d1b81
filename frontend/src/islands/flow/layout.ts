/**
 * Where everything in a drawn dialogue stands: top-down, with room kept for the words on the edges.
 * Pure: sizes in, places out.
 */
import dagre from "@dagrejs/dagre";
import type { Drawing, Edge } from "../../generated/talk";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The way of one edge: its corners, and the middle of the place kept for its words. */
export interface Way {
  readonly points: readonly Point[];
  readonly label: Point;
}

export interface Layout {
  readonly size: Size;
  readonly places: ReadonlyMap<string, Point>;
  readonly ways: ReadonlyMap<string, Way>;
}

/** Lay out a drawing; `sizeOf` and `labelSizeOf` are in pixels. Places are upper left corners. */
export function layOut(
  drawing: Drawing,
  sizeOf: (id: string) => Size,
  labelSizeOf: (edge: Edge) => Size,
): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, edgesep: 28, ranksep: 34, marginx: 24, marginy: 24 });
  for (const node of drawing.nodes) graph.setNode(node.id, { ...sizeOf(node.id) });
  for (const edge of drawing.edges) {
    graph.setEdge(edge.source, edge.target, { ...labelSizeOf(edge), labelpos: "c" }, edge.id);
  }
  dagre.layout(graph);
  const places = new Map<string, Point>();
  for (const id of graph.nodes()) {
    const { x, y, width, height } = graph.node(id);
    places.set(id, { x: x - width / 2, y: y - height / 2 });
  }
  const ways = new Map<string, Way>();
  for (const edge of drawing.edges) {
    const { points, x, y } = graph.edge({ v: edge.source, w: edge.target, name: edge.id });
    ways.set(edge.id, { points, label: { x: x ?? 0, y: y ?? 0 } });
  }
  const { width = 0, height = 0 } = graph.graph();
  return { size: { width, height }, places, ways };
}

/** A line through `points` with softened corners, as the `d` of an SVG path. */
export function pathThrough(points: readonly Point[], radius = 14): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${round(first.x)},${round(first.y)}`;
  let before = first;
  rest.forEach((corner, index) => {
    const next = rest[index + 1];
    if (!next) {
      path += `L${round(corner.x)},${round(corner.y)}`;
      return;
    }
    const into = towards(corner, before, radius);
    const out = towards(corner, next, radius);
    path += `L${round(into.x)},${round(into.y)}Q${round(corner.x)},${round(corner.y)} ${round(out.x)},${round(out.y)}`;
    before = corner;
  });
  return path;
}

/** The point `length` from `from` on the way to `to`, at most half the way. */
function towards(from: Point, to: Point, length: number): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance === 0 ? 0 : Math.min(length / distance, 0.5);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
