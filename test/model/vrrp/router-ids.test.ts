import fc from "fast-check";
import { expect, test } from "vitest";
import { prioritiesInOrder, routerIds } from "../../../model/vrrp/router-ids";

test.each<[what: string, vips: [vip: string, stated?: number][], ids: number[]]>([
  ["the last byte", [["192.168.1.101/24"], ["192.168.1.20"]], [101, 20]],
  ["0 is no router id", [["10.0.0.0/16"]], [255]],
  ["the next one where it is taken", [["10.0.1.50"], ["10.0.2.50"]], [50, 51]],
  ["what is stated comes first", [["10.0.1.50"], ["10.0.9.9", 50]], [51, 50]],
  ["after 255 comes 1", [["10.0.1.255"], ["10.0.2.255"]], [255, 1]],
  ["an IPv6 address", [["fd00::1:0/64"], ["fd00::65"]], [255, 101]],
])("%s", (_what, vips, ids) => {
  expect(routerIds(vips.map(([vip, virtualRouterId]) => ({ vip, virtualRouterId })))).toEqual(ids);
});

const address = fc.ipV4().map((vip) => ({ vip }));

test("ids differ, are 1 to 255, and depend on no order", () => {
  const some = fc.uniqueArray(address, { selector: ({ vip }) => vip, maxLength: 200 });
  fc.assert(
    fc.property(some, (addresses) => {
      const ids = routerIds(addresses);
      expect(new Set(ids).size).toBe(addresses.length);
      expect(ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 255)).toBe(true);
      expect(routerIds([...addresses].reverse())).toEqual([...ids].reverse());
    }),
  );
});

test("priorities fall in the order of the members, and stay above 1", () => {
  expect(prioritiesInOrder(3)).toEqual([200, 190, 180]);
  for (const count of [2, 20, 21, 100]) {
    const found = prioritiesInOrder(count);
    expect(found).toEqual([...new Set(found)].sort((a, b) => b - a));
    expect(found.at(-1)).toBeGreaterThan(1);
  }
});
