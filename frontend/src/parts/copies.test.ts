import { expect, test } from "vitest";
import { textOf } from "./copies";

test("the value of a field is copied as it is", () => {
  expect(textOf({ value: " https://ketju.example/s/1 ", textContent: "" })).toBe(" https://ketju.example/s/1 ");
});

test("of other elements the text is copied without the space around it", () => {
  expect(textOf({ textContent: "\n  <iframe>  " })).toBe("<iframe>");
  expect(textOf({ textContent: null })).toBe("");
});
