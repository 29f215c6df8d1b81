import { describe, expect, test } from "vitest";
import { doingOf, matching, moved, wordBefore } from "./model";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

describe("keys", () => {
  test("single keys do what the sheet says", () => {
    expect(doingOf({ ...plain, key: "j" })).toBe("next");
    expect(doingOf({ ...plain, key: "R" })).toBe("reply");
    expect(doingOf({ ...plain, key: "?" })).toBe("sheet");
    expect(doingOf({ ...plain, key: "q" })).toBeUndefined();
  });
  test("keys with Ctrl, ⌘ or Alt are the browser's", () => {
    expect(doingOf({ ...plain, key: "r", ctrlKey: true })).toBeUndefined();
    expect(doingOf({ ...plain, key: "e", metaKey: true })).toBeUndefined();
    expect(doingOf({ ...plain, key: "n", altKey: true })).toBeUndefined();
  });
});

describe("the word before the caret", () => {
  test("asks for a ready text", () => {
    expect(wordBefore("Hei ::kii", 9, false)).toEqual({ kind: "snippet", start: 4, typed: "kii" });
    expect(wordBefore("/", 1, false)).toEqual({ kind: "snippet", start: 0, typed: "" });
  });
  test("is no ready text inside a word or an address", () => {
    expect(wordBefore("ja/tai", 6, false)).toBeUndefined();
    expect(wordBefore("https://x", 9, false)).toBeUndefined();
  });
  test("names a colleague in a note only", () => {
    expect(wordBefore("Katso @vil", 10, true)).toEqual({ kind: "person", start: 6, typed: "vil" });
    expect(wordBefore("Katso @vil", 10, false)).toBeUndefined();
    expect(wordBefore("aino@vil", 8, true)).toBeUndefined();
  });
});

test("names that begin with what was typed come first", () => {
  expect(matching(["paluu", "alku", "al"], "al", (name) => name)).toEqual(["alku", "al", "paluu"]);
});

test("moving stops at both ends", () => {
  expect([moved(0, -1, 3), moved(2, 1, 3), moved(1, 1, 3), moved(0, 1, 0)]).toEqual([0, 2, 2, 0]);
});
