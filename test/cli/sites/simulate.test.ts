import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isBad, type SimulateOptions, simulateStack } from "../../../cli/commands/simulate/run";
import { simulationText } from "../../../cli/commands/simulate/text";
import { plain } from "../../../cli/report/paint";
import { scratch } from "../../support/clusters/homelab";
import { type SiteChange, threeSites } from "../../support/clusters/three-sites";

function stack(...changes: SiteChange[]): string {
  const { dir, remove } = scratch();
  onTestFinished(remove);
  const file = join(dir, "Pulumi.three.yaml");
  writeFileSync(file, threeSites(...changes));
  return file;
}

const lines = (options: SimulateOptions) =>
  simulationText(simulateStack(options), { paint: plain, width: 100, all: false }).join("\n");

const overVpn: SiteChange = [
  ["home", "traefikPairs", "traefik", "routes", "ha"],
  { host: "ha2.example.org", servers: ["http://192.168.2.30:8123"] },
];

test("without a site every site is judged by itself, and the loss of each whole one", () => {
  const text = lines({ file: stack(overVpn) });
  expect(text.match(/===== Site \w+ =====/g)).toEqual([
    "===== Site home =====",
    "===== Site parents =====",
    "===== Site cottage =====",
  ]);
  expect(text.slice(text.indexOf("The loss of a whole site"))).toMatchInlineSnapshot(`
    "The loss of a whole site
      home
        - down: home/traefikPairs.traefik and home/photos, until the site is back: nothing of it can
          start at another site
        - goes on: parents (2 services) and cottage (1 service)
      parents
        - down: parents/traefikPairs.traefik and parents/home-assistant, until the site is back: nothing
          of it can start at another site
        - home: route ha of traefikPairs.traefik leads to 192.168.2.30 in parents, and finds nothing
          there
        - goes on: home (2 services) and cottage (1 service)
      cottage
        - down: cottage/photos, until the site is back: nothing of it can start at another site
        - goes on: home (2 services) and parents (2 services)

    What leads to another site by a name of DNS is not followed here."
  `);
});

test("what fails is named with its site, and several sites may fail at once", () => {
  const file = stack(overVpn);
  const failed = (fail: string) => {
    const found = simulateStack({ file, fail: [fail] });
    if (found.kind !== "sites") return found.kind;
    return [
      ...found.losses.map(({ lost }) => lost.join("+")),
      ...found.sites.map(({ name, simulation }) =>
        simulation.kind === "case" ? `${name}: ${simulation.report.failed.join("+")}` : "?",
      ),
    ];
  };
  expect(failed("parents")).toEqual(["parents"]);
  expect(failed("home/pve1")).toEqual(["home: pve1"]);
  expect(failed("home/pve1,pve2,cottage/pve1")).toEqual(["home: pve1+pve2", "cottage: pve1"]);
  expect(failed("home/pve1,parents")).toEqual(["parents", "home: pve1"]);
  expect(failed("home/partition:pve1,pve2")).toEqual(["home: partition:pve1,pve2"]);
});

test.each([
  [
    "pve1",
    'found "pve1" in --fail, and nothing says of which site it is; write e.g. home/pve1, or home alone for the whole site (sites: home, parents and cottage)',
  ],
  ["hom/pve1", 'there is no site "hom"; did you mean "home"?'],
  [
    "home,home/pve1",
    "found the whole site home in --fail, and home/pve1, which goes with it; leave one of them out",
  ],
  ["parents/pve3", 'there is no node, guest, failure domain or storage "pve3" in this stack'],
])("refuses --fail %s", (fail, message) => {
  const file = stack();
  expect(() => simulateStack({ file, fail: [fail] })).toThrow(message);
});

test("a site that is named twice is one", () => {
  const found = simulateStack({ file: stack(), site: "home", fail: ["home/pve1,pve2"] });
  expect([found.stack, found.kind === "case" && found.report.failed]).toEqual([
    "three.home",
    ["pve1", "pve2"],
  ]);
});

test("two stack files are compared site by site", () => {
  const before = stack();
  const after = stack([["parents", "haGroups"], undefined]);
  const found = simulateStack({ file: after, diff: before });
  if (found.kind !== "sites") throw new Error(found.kind);
  expect(found.sites.map(({ name, simulation }) => [name, isBad(simulation)])).toEqual([
    ["home", false],
    ["parents", true],
    ["cottage", false],
  ]);
  expect([isBad(found), found.losses]).toEqual([true, []]);
});
