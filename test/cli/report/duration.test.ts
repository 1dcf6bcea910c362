import { expect, test } from "vitest";
import { durationText, rangeText } from "../../../cli/report/duration";

test.each([
  [0, "0 s"],
  [0.6094, "0.6 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [60, "1 min"],
  [89, "89 s"],
  [90, "1.5 min"],
  [140, "2.3 min"],
  [241, "4 min"],
  [3600, "60 min"],
  [5400, "1.5 h"],
  [86_400, "24 h"],
  [172_800, "2 d"],
  [Number.POSITIVE_INFINITY, "never"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test.each([
  [[121, 241], "2-4 min"],
  [[30, 59], "30-59 s"],
  [[30, 60], "30 s-1 min"],
  [[45, 180], "45 s-3 min"],
  [[3600, 14_400], "1-4 h"],
  [[3.61, 3.61], "3.6 s"],
] as const)("the range %j is %s", (range, text) => {
  expect(rangeText(range)).toBe(text);
});
