/** What the keys of the inbox mean, without a page: which key does what, and what stands before the caret. */

export type Doing =
  | "next" | "previous" | "open" | "choose" | "search" | "reply" | "note" | "toggle"
  | "assign" | "snooze" | "close" | "undo" | "sheet" | "take";

const KEYS: Readonly<Record<string, Doing>> = {
  j: "next", k: "previous", x: "choose", "/": "search", r: "reply", n: "note", i: "toggle",
  a: "assign", z: "snooze", e: "close", u: "undo", "?": "sheet", "1": "take", "2": "take", "3": "take",
};

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What a single key does outside fields; undefined when it is not ours (keys with Ctrl, Alt and ⌘ never are). */
export function doingOf(pressed: Pressed): Doing | undefined {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined;
  return KEYS[pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key];
}

export interface Word {
  readonly kind: "snippet" | "person";
  readonly start: number;
  readonly typed: string;
}

/** The word before the caret that asks for a ready text (`::key`, `/key`) or, in a note, for a colleague (`@name`). */
export function wordBefore(text: string, caret: number, isNote: boolean): Word | undefined {
  const before = text.slice(0, caret);
  const snippet = /(?:^|\s)(::|\/)([\w-]*)$/.exec(before);
  if (snippet) {
    const typed = snippet[2] ?? "";
    return { kind: "snippet", start: caret - typed.length - (snippet[1] ?? "").length, typed };
  }
  const person = isNote ? /(?:^|\s)@([\w.+-]*)$/.exec(before) : null;
  if (!person) return undefined;
  const typed = person[1] ?? "";
  return { kind: "person", start: caret - typed.length - 1, typed };
}

/** Those of `names` that begin with what was typed first, then those that hold it somewhere. */
export function matching<T>(things: readonly T[], typed: string, name: (thing: T) => string): T[] {
  const wanted = typed.toLowerCase();
  const begins = things.filter((thing) => name(thing).toLowerCase().startsWith(wanted));
  const holds = things.filter((thing) => {
    const own = name(thing).toLowerCase();
    return !own.startsWith(wanted) && own.includes(wanted);
  });
  return [...begins, ...holds];
}

/** The place after `by` steps in a row of `count`: it stops at both ends. */
export function moved(place: number, by: number, count: number): number {
  return Math.max(0, Math.min(count - 1, place + by));
}
