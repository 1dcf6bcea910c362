import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { splitConfig } from "../../sim/large-config";

const stack = (guests: number) =>
  stringify({
    encryptionsalt: "v1:abc",
    config: {
      "homelab:cluster": { name: "c" },
      "homelab:guests": Object.fromEntries(
        Array.from({ length: guests }, (_, index) => [`g${index}`, { purpose: "x".repeat(100) }]),
      ),
    },
  });

test("a configuration that fits in one environment variable is left alone", () => {
  expect(splitConfig(stack(900))).toEqual({ text: stack(900), later: {} });
});

test("of a larger one the largest section is set by the program, and nothing is lost", () => {
  const { text, later } = splitConfig(stack(1200));
  expect(parse(text)).toEqual({
    encryptionsalt: "v1:abc",
    config: { "homelab:cluster": { name: "c" } },
  });
  expect(Object.keys(later)).toEqual(["homelab:guests"]);
  expect(Object.keys(JSON.parse(later["homelab:guests"] ?? "{}"))).toHaveLength(1200);
});
