/** How wide the words on edges will be, so that room is kept for them before anything is drawn. */
import type { Size } from "./layout";

const LINE = 18;
const PADDING = 16;
const WIDEST = 150;
/** Room for the count beside the words: counts grow, and nothing may move when they do. */
const COUNT = 44;

export type Measure = (text: string) => number;

/** A measure by the canvas in the page's own font. */
export function measureIn(font: string): Measure {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return (text) => text.length * 7;
  context.font = font;
  return (text) => context.measureText(text).width;
}

/** The size of an edge's words, wrapped at a bearable width. */
export function labelSize(text: string, measure: Measure): Size {
  if (!text) return { width: COUNT, height: LINE + 4 };
  const longest = Math.max(...text.split(/\s+/).map(measure));
  const inner = Math.min(measure(text), Math.max(WIDEST, longest));
  const lines = linesOf(text, inner, measure);
  return { width: Math.ceil(inner) + COUNT + PADDING, height: lines * LINE + 8 };
}

function linesOf(text: string, width: number, measure: Measure): number {
  let lines = 1;
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && measure(longer) > width + 1) {
      lines += 1;
      line = word;
    } else {
      line = longer;
    }
  }
  return lines;
}
