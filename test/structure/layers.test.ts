import { expect, test } from "vitest";
import { layers, wantedLayers } from "../support/layers/wanted";

test.each([
  { text: "quick", wanted: ["pure", "mock"], nightly: false },
  { text: "all", wanted: [...layers], nightly: false },
  { text: "nightly", wanted: [...layers], nightly: true },
  { text: "engine,pure", wanted: ["pure", "engine"], nightly: false },
])("LAYERS=$text runs $wanted", ({ text, wanted, nightly }) => {
  expect(wantedLayers(text)).toEqual({ layers: wanted, nightly });
});

test.each(["", "everything", "pure,enigne", "toString"])("refuses LAYERS=%s", (text) => {
  expect(() => wantedLayers(text)).toThrow(
    /^LAYERS: found ".*", expected quick, all, nightly, or some of pure,mock,engine,kube,daemon; write e\.g\. LAYERS=all$/,
  );
});
