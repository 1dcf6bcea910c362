import { expect, test } from "vitest";
import { coldStart, coldStartSteps } from "../../../model/planned/cold-start";
import { cluster, guest, layer } from "../../support/clusters/clusters";

const plain = (name: string, node: string, order?: number) =>
  guest(name, node, { ha: undefined, ...(order !== undefined && { startup: { order } }) });

const served = (name: string, ...needs: string[]) => ({
  name,
  layers: [{ ...layer("any", []), members: [{ name, node: "n1", guest: name }] }],
  needs,
});

const outside = (name: string, ...needs: string[]) => ({ name, layers: [], needs });

test("guests come by what they need, also by way of something outside", () => {
  const model = cluster({
    guests: [plain("app", "n1", 3), plain("database", "n1", 2), plain("router", "n1", 1)],
    services: [
      served("app", "database", "internet"),
      served("database"),
      served("router"),
      outside("internet", "router"),
    ],
  });
  expect(coldStart(model)).toEqual({
    levels: [["database", "router"], ["app"]],
    circles: [],
    early: [],
  });
});

test.each([
  ["lower order", plain("app", "n1", 1), plain("database", "n1", 2), "lower"],
  ["no order", plain("app", "n1"), plain("database", "n1"), "same start-up order"],
  ["another node", plain("app", "n1", 9), plain("database", "n2", 1), "database is on n2"],
  ["app under HA", guest("app", "n1"), plain("database", "n1", 1), "no stated order"],
  ["database under HA", plain("app", "n1", 9), guest("database", "n1"), "under HA"],
])("a guest may start before what it needs: %s", (_, app, database, why) => {
  const services = [served("app", "database"), served("database")];
  const { early } = coldStart(cluster({ guests: [app, database], services }));
  expect(early.map(({ guest: name, needs }) => [name, needs])).toEqual([["app", "database"]]);
  expect(early[0]?.why).toContain(why);
});

test("a circle is named, and ends", () => {
  const services = [served("a", "b"), served("b", "internet"), outside("internet", "a")];
  const model = cluster({ guests: [plain("a", "n1"), plain("b", "n1")], services });
  expect(coldStart(model).circles).toEqual([["a", "b", "internet", "a"]]);
  expect(coldStartSteps(model).some(({ text }) => text.includes("a circle"))).toBe(true);
});

test("quorum comes before any guest, Ceph before its guests", () => {
  const nodes = ["n1", "n2", "n3"];
  const ceph = {
    kind: "ceph" as const,
    nodes,
    monitors: nodes,
    osdNodes: nodes,
    copies: 3,
    minCopies: 2,
  };
  const texts = coldStartSteps(cluster({ nodes, storages: { ceph } })).map(({ text }) => text);
  expect(texts[1]).toContain("until 2 of 3 votes");
  expect(texts[2]).toContain("ceph serves once 2 of 3 monitors and 2 of 3 nodes");
});
