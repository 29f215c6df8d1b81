// Written by scripts/generate_types.py from keskio.talk.drawing; do not edit.

/** A whole dialogue, to be drawn; nodes stand in the order of the definition. */
export interface Drawing {
  readonly first: string;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** One or more outcomes of a step that lead to the same place. Tones: plain, answer, quiet, bad. */
export interface Edge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly outcomes: readonly string[];
  readonly label: string;
  readonly tone: string;
}

/** How it stands at every step now, by the step's key. */
export interface FlowCounts {
  readonly steps: Readonly<Record<string, StepCount>>;
}

/** A step, or a place where the drawing ends: `kind` is then "stop" or "back". */
export interface Node {
  readonly id: string;
  readonly kind: string;
  readonly kind_name: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly texts: readonly Text[];
  readonly url: string;
}

/** How it stands at one step now. `outcomes` counts those who have left, by outcome. */
export interface StepCount {
  readonly waiting: number;
  readonly passed: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly held: number;
  readonly dropped: number;
}

/** What a step says in one language. */
export interface Text {
  readonly language: string;
  readonly subject: string;
  readonly body: string;
}
