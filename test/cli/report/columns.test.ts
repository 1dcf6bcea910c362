import { expect, test } from "vitest";
import { columns, table, wrapped } from "../../../cli/report/columns";
import { plain } from "../../../cli/report/paint";
import { reportText } from "../../../cli/report/text";
import { displayWidth, lineWidth } from "../../../cli/report/width";
import { loss, outcome, someReport, someResilience } from "../../support/cli";

test.each([
  ["plain", 5],
  ["\u001b[31mred\u001b[39m", 3],
  ["Küche", 5],
  ["Ku\u0308che", 5],
  ["客厅", 4],
  ["ネット", 6],
  ["ｗｉｄｅ", 8],
  ["거실", 4],
  ["🏠 home", 7],
  ["👨\u200d👩\u200d👧", 6],
  ["→ …", 3],
])("%j takes %i columns of a terminal", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test("columns stay straight beneath names in scripts of two columns", () => {
  expect(
    columns([
      ["客厅", "ok"],
      ["dns", "down"],
      ["Küche", "ok"],
    ]),
  ).toEqual(["客厅   ok", "dns    down", "Küche  ok"]);
});

test("a table that fits stands side by side, one that nearly fits wraps its last column, else each row is a paragraph", () => {
  const rows = [
    ["traefik", "on pve1", "the address moves to the other member within seconds"],
    ["dns", "on pve2", "goes on"],
  ];
  const head = ["service", "where", "what happens"];
  const shown = (width: number) => `\n${table(rows, { width, head }).join("\n")}\n`;
  expect(shown(80)).toMatchInlineSnapshot(`
    "
      service  where    what happens
      traefik  on pve1  the address moves to the other member within seconds
      dns      on pve2  goes on
    "
  `);
  expect(shown(60)).toMatchInlineSnapshot(`
    "
      service  where    what happens
      traefik  on pve1  the address moves to the other member
                        within seconds
      dns      on pve2  goes on
    "
  `);
  expect(shown(40)).toMatchInlineSnapshot(`
    "
      traefik
        where: on pve1; what happens: the
        address moves to the other member
        within seconds
      dns
        where: on pve2; what happens: goes
        on
    "
  `);
});

test("a word that is longer than the line keeps its own line", () => {
  expect(wrapped(["a", "12345678901234567890", "b"], 2, 10)).toEqual([
    "  a",
    "  12345678901234567890",
    "  b",
  ]);
});

test.each([
  [{}, undefined, 80],
  [{ columns: 132 }, undefined, 132],
  [{ columns: 400 }, undefined, 140],
  [{ columns: 10 }, undefined, 40],
  [{ columns: 132 }, 60, 60],
  [{}, 400, 400],
])("a stream %j with --width %j gets %i characters", (stream, wanted, width) => {
  expect(lineWidth(stream, wanted)).toBe(width);
});

/** Five nodes and services in three scripts, with every kind of outcome. */
function wideReport() {
  const services = [
    "traefikPairs.traefik",
    "kubernetesIngress.traefik-lb",
    "客厅-home-assistant",
    "ネットワーク監視",
    "dns",
  ];
  const restarts = outcome("restarts", { rtoSec: [121, 241], rpoSec: 900 });
  const single = ["pve-alpha", "pve-beta", "pve-gamma", "pve-delta", "pve-epsilon"].map(
    (node, at) =>
      loss([node], {
        "traefikPairs.traefik": outcome("failover", { rtoSec: [2.6, 3.6] }),
        "kubernetesIngress.traefik-lb": outcome("degraded"),
        ...(at === 1 && { "客厅-home-assistant": restarts }),
        ...(at === 2 && { ネットワーク監視: outcome("stopped", { rtoSec: null }) }),
      }),
  );
  const singlePoints = [
    { kind: "node" as const, name: "pve-gamma", services: ["ネットワーク監視"] },
  ];
  const nodes = single.flatMap(({ failed }) => failed);
  const resilience = { ...someResilience(), nodes, services, single, singlePoints };
  return { ...someReport(), resilience };
}

test.each([40, 60, 80, 120, 200])("nothing in a report is wider than %i characters", (width) => {
  for (const all of [false, true]) {
    const lines = reportText(wideReport(), { paint: plain, width, all });
    expect(lines.filter((line) => displayWidth(line) > width)).toEqual([]);
  }
});

test.each([80, 120, 200])(
  "the matrix is one table with %i characters, as full as fits",
  (width) => {
    const lines = reportText(wideReport(), { paint: plain, width, all: false });
    const from = lines.findIndex((line) => line.startsWith("When a node dies"));
    const shown = `\n${lines.slice(from + 1, from + 7).join("\n")}\n`;
    if (width === 80)
      expect(shown).toMatchInlineSnapshot(`
        "
                              pve-alpha pve-beta pve-gamma pve-delta pve-epsilon
          traefik             failover  failover failover  failover  failover
          traefik-lb          degraded  degraded degraded  degraded  degraded
          客厅-home-assistant ok        restarts ok        ok        ok
          ネットワーク監視     ok        ok       down      ok        ok
          dns                 ok        ok       ok        ok        ok
        "
      `);
    else if (width === 120)
      expect(shown).toMatchInlineSnapshot(`
        "
                                        pve-alpha  pve-beta  pve-gamma  pve-delta  pve-epsilon  at most
          traefikPairs.traefik          failover   failover  failover   failover   failover     3.6 s
          kubernetesIngress.traefik-lb  degraded   degraded  degraded   degraded   degraded
          客厅-home-assistant           ok         restarts  ok         ok         ok           4 min (-15 min)
          ネットワーク監視               ok         ok        down       ok         ok           until repaired
          dns                           ok         ok        ok         ok         ok
        "
      `);
    else
      expect(shown).toMatchInlineSnapshot(`
        "
                                        pve-alpha           pve-beta                    pve-gamma           pve-delta           pve-epsilon
          traefikPairs.traefik          failover 2.6-3.6 s  failover 2.6-3.6 s          failover 2.6-3.6 s  failover 2.6-3.6 s  failover 2.6-3.6 s
          kubernetesIngress.traefik-lb  degraded            degraded                    degraded            degraded            degraded
          客厅-home-assistant           ok                  restarts 2-4 min (-15 min)  ok                  ok                  ok
          ネットワーク監視               ok                  ok                          down                ok                  ok
          dns                           ok                  ok                          ok                  ok                  ok
        "
      `);
  },
);

test("with 40 characters each loss has its services beneath it", () => {
  const lines = reportText(wideReport(), { paint: plain, width: 40, all: false });
  const from = lines.findIndex((line) => line.startsWith("When a node dies"));
  expect(`\n${lines.slice(from, from + 8).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    When a node dies: 5 services
      pve-alpha
        failover 2.6-3.6 s:
        traefikPairs.traefik
        degraded:
        kubernetesIngress.traefik-lb
      pve-beta
        failover 2.6-3.6 s:
    "
  `);
});
