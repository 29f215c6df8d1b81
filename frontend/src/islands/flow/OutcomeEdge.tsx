/** One way on: a line through the corners that the layout chose, its words, and how many took it. */
import { BaseEdge, EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import type { Edge as Outcome } from "../../generated/talk";
import { pathThrough, type Size, type Way } from "./layout";

export type OutcomeEdgeType = Edge<
  { outcome: Outcome; way: Way; size: Size; passed: number; format: Intl.NumberFormat },
  "outcome"
>;

export function OutcomeEdge({ id, data, markerEnd }: EdgeProps<OutcomeEdgeType>) {
  if (!data) return null;
  const { outcome, way, size, passed, format } = data;
  return (
    <>
      <BaseEdge id={id} path={pathThrough(way.points)} markerEnd={markerEnd} className={`flow-way${passed ? " is-used" : ""}`} />
      <EdgeLabelRenderer>
        <div
          className={`flow-label flow-label--${outcome.tone}`}
          style={{
            width: size.width,
            transform: `translate(-50%, -50%) translate(${way.label.x}px, ${way.label.y}px)`,
          }}
        >
          <span>
            {outcome.label && <span className="flow-label-words">{outcome.label}</span>}
            <span className="flow-label-count">{format.format(passed)}</span>
          </span>
        </div>
      </EdgeLabelRenderer>
    </>
  );
}
