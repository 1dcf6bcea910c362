import { expect, test } from "vitest";
import { findingText, pathText } from "../../../model/finding";
import { judgeHostnames } from "../../../model/network/ingress-rules";

const lines = (...hostnames: string[]) =>
  judgeHostnames("example.org", hostnames).map(
    (finding) => `${pathText(finding.path)}: ${findingText(finding)}`,
  );

test("accepts names of the zone, and a wildcard behind what it would hide", () => {
  expect(
    lines("example.org", "www.example.org", "a.b.example.org", "*.b.example.org", "*.example.org"),
  ).toEqual([]);
});

test("rejects names outside the zone, even when they look like it", () => {
  expect(lines("my-example.org", "example.org.evil.net", "*.example.net")).toMatchInlineSnapshot(`
    [
      "ingress[0].hostname: "my-example.org" is outside the zone "example.org"; use a name that ends in .example.org, or move it to a tunnel of its own zone",
      "ingress[1].hostname: "example.org.evil.net" is outside the zone "example.org"; use a name that ends in .example.org, or move it to a tunnel of its own zone",
      "ingress[2].hostname: "*.example.net" is outside the zone "example.org"; use a name that ends in .example.org, or move it to a tunnel of its own zone",
    ]
  `);
});

test("rejects what an earlier rule hides: the same name, or a wildcard on any level", () => {
  expect(
    lines("www.example.org", "www.example.org", "*.example.org", "a.b.example.org"),
  ).toMatchInlineSnapshot(`
    [
      "ingress[1].hostname: "www.example.org" has a rule already; remove one of the two",
      "ingress[3].hostname: "a.b.example.org" is never reached, because "*.example.org" stands before it and the first match wins; put the wildcard last",
    ]
  `);
  expect(lines("*.example.org", "*.b.example.org", "example.org")).toHaveLength(1);
});
