import { expect, test } from "vitest";
import { plain } from "../../../cli/report/paint";
import { countsText, resourceTree } from "../../../cli/report/tree";
import { planned } from "../../support/cli";

const pair: [string, string] = ["homelab:components:TraefikHaPair", "traefik"];
const lines = (resources: Parameters<typeof resourceTree>[0], all = false, width = 60) =>
  `\n${resourceTree(resources, { paint: plain, width, all }).join("\n")}\n`;

const members = ["one", "two", "three", "four", "five"].map((member) =>
  planned("command:remote:Command", `traefik-${member}-keepalived`, { under: pair }),
);

test("children of one type stand together under their component, wrapped", () => {
  expect(lines([planned(...pair), ...members])).toMatchInlineSnapshot(`
    "
      + TraefikHaPair traefik  (5 resources)
          + 5 Command  five-keepalived, four-keepalived,
                       one-keepalived, three-keepalived,
                       two-keepalived
    "
  `);
});

test("every resource gets a line of its own when asked", () => {
  expect(lines([planned(...pair), ...members.slice(0, 2)], true)).toMatchInlineSnapshot(`
    "
      + TraefikHaPair traefik  (2 resources)
          + Command  one-keepalived
          + Command  two-keepalived
    "
  `);
});

test("what changes in place stands alone, with the inputs that change", () => {
  expect(
    lines([
      planned(...pair, { operation: "same" }),
      planned("command:remote:Command", "traefik-a", { under: pair, operation: "same" }),
      planned("command:remote:Command", "traefik-b", { under: pair, operation: "same" }),
      planned("command:remote:Command", "traefik-c", {
        under: pair,
        operation: "update",
        changedInputs: ["create", "stdin"],
      }),
      planned("command:remote:Command", "traefik-d", { under: pair, operation: "delete" }),
      planned("proxmoxve:index/harule:Harule", "rule", {
        operation: "replace",
        changedInputs: ["rule"],
      }),
    ]),
  ).toMatchInlineSnapshot(`
    "
      ± Harule  rule (rule)
        TraefikHaPair traefik  (4 resources)
          ~ Command  c (create, stdin)
          - Command  d
            2 unchanged
    "
  `);
});

test("a component of which nothing changes is one line", () => {
  const unchanged = members.map((member) => ({ ...member, operation: "same" as const }));
  expect(lines([planned(...pair, { operation: "same" }), ...unchanged])).toMatchInlineSnapshot(`
    "
        TraefikHaPair traefik  (5 resources, unchanged)
    "
  `);
});

test("a component inside a component is indented below it", () => {
  const inner: [string, string] = ["homelab:components:KeepalivedLb", "traefik-lb"];
  expect(
    lines([
      planned(...pair),
      planned(...inner, { under: pair }),
      planned("command:remote:Command", "traefik-lb-conf", { under: inner }),
    ]),
  ).toMatchInlineSnapshot(`
    "
      + TraefikHaPair traefik  (2 resources)
          + KeepalivedLb lb  (1 resource)
              + Command  conf
    "
  `);
});

test("a component without children is still shown", () => {
  expect(lines([planned(...pair)])).toMatchInlineSnapshot(`
    "
      + TraefikHaPair  traefik
    "
  `);
});

test("operations are counted in a fixed order", () => {
  expect(
    countsText([
      planned("a:b:C", "1", { operation: "delete" }),
      planned("a:b:C", "2"),
      planned("a:b:C", "3"),
    ]),
  ).toBe("2 to create, 1 to delete");
  expect(countsText([])).toBe("none");
});
