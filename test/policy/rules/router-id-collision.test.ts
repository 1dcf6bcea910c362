import { expect, test } from "vitest";
import { routerIdCollision } from "../../../policy/rules/addresses";
import { pageTest } from "../page-test";
import { reported } from "../reported";
import { command, keepalivedConf, pair, rawPair } from "../resources";

const other = (vip: string, routerId: number, net = "192.168.1") => [
  command("lb1", `${net}.5`, keepalivedConf({ priority: 150, vip, routerId })),
  command("lb2", `${net}.6`, keepalivedConf({ priority: 100, vip, routerId })),
];
const raw = rawPair({ priority: 150 }, { priority: 100 });

pageTest("router-id-collision", [
  ...rawPair({ priority: 200 }, { priority: 100 }),
  command("lb1-conf", "192.168.1.5", keepalivedConf({ priority: 150, vip: "192.168.1.100/24" })),
  command("lb2-conf", "192.168.1.6", keepalivedConf({ priority: 100, vip: "192.168.1.100/24" })),
]);

test("different ids on one segment pass, and one id on two segments", async () => {
  expect(await reported(routerIdCollision, [...raw, ...other("192.168.1.100/24", 52)])).toEqual([]);
  expect(
    await reported(routerIdCollision, [...raw, ...other("192.168.56.100/24", 51, "192.168.56")]),
  ).toEqual([]);
});

test("a component and its own files are one user of the id", async () => {
  expect(await reported(routerIdCollision, [pair(), ...raw])).toEqual([]);
});

test("rejects one id for two groups on a segment, with or without prefix lengths", async () => {
  expect(
    await reported(routerIdCollision, [...raw, ...other("192.168.1.100/24", 51)]),
  ).toMatchInlineSnapshot(`
    [
      "[mandatory] router-id-collision: Command "traefik-conf": virtual router id 51 of "keepalived of traefik and traefik-2" is already that of "keepalived of 192.168.1.5 and 192.168.1.6" on segment "192.168.1.0/24" (192.168.1.0/24); give each group on the segment its own id from 1 to 255 (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/router-id-collision.md)",
    ]
  `);
  expect(await reported(routerIdCollision, [...raw, ...other("192.168.1.100", 51)])).toHaveLength(
    1,
  );
  expect(
    await reported(routerIdCollision, [pair(), ...other("192.168.1.100/32", 51)]),
  ).toHaveLength(1);
});

test("a group with two addresses uses its id once", async () => {
  const two = "192.168.1.100/24\n        192.168.1.102/24";

  expect(await reported(routerIdCollision, other(two, 51))).toEqual([]);
});
