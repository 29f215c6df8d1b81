/** Counts as the drawing shows them. Pure. */
import type { Edge, FlowCounts, StepCount } from "../../generated/talk";

const NOTHING: StepCount = { waiting: 0, passed: 0, outcomes: {}, held: 0, dropped: 0 };

export function countOf(counts: FlowCounts, step: string): StepCount {
  return counts.steps[step] ?? NOTHING;
}

/** How many have gone along an edge: its outcomes by name, and their families ("dropped.no_permission"). */
export function passedBy(edge: Edge, counts: FlowCounts, others: readonly Edge[]): number {
  const named = new Set(others.filter((other) => other.source === edge.source).flatMap((other) => other.outcomes));
  let total = 0;
  for (const [outcome, count] of Object.entries(countOf(counts, edge.source).outcomes)) {
    const family = outcome.split(".")[0] ?? outcome;
    const name = named.has(outcome) ? outcome : family;
    if (edge.outcomes.includes(name)) total += count;
  }
  return total;
}
