import { expect, it } from "vitest";
import { labelSize } from "./words";

const measure = (text: string): number => text.length * 7;

it("keeps room for a count where there are no words", () => {
  expect(labelSize("", measure).width).toBeGreaterThan(0);
});

it("wraps long words in lines, each as wide as a word at least", () => {
  const short = labelSize("no answer", measure);
  const long = labelSize("service and tyres, discount code, no answer", measure);
  expect(long.height).toBeGreaterThan(short.height);
  expect(long.width).toBeLessThan(measure("service and tyres, discount code, no answer"));
  const word = "epäjärjestelmällistyttämättömyydellänsäkäänköhän";
  expect(labelSize(word, measure).width).toBeGreaterThan(measure(word));
});
