import { expect, test } from "vitest";
import { haPassthrough } from "../../../../policy/rules/ha";
import { guest, haGroup, haResource } from "../../group";
import { pageTest } from "../../page-test";
import { proxied, unknown } from "../../proxied";
import { reported } from "../../reported";
import { container, resource } from "../../resources";

const group = (more: Record<string, unknown>) =>
  haGroup("iot", { guests: [guest("zigbee2mqtt", 122, "proxmox3", more)], keepApart: [] });
const zigbee = (more: Record<string, unknown>) =>
  container("zigbee2mqtt", 122, "proxmox3", "192.168.1.122", more);
const vm = (more: Record<string, unknown>) =>
  resource("proxmoxve:index/vmLegacy:VmLegacy", "gpu", {
    vmId: 300,
    nodeName: "proxmox",
    name: "gpu",
    ...more,
  });

pageTest("ha-passthrough", [
  container("zigbee2mqtt", 122, "proxmox3", "192.168.1.122", {
    devicePassthroughs: [{ path: "/dev/ttyUSB0" }],
  }),
  resource("proxmoxve:index/haresource:Haresource", "zigbee2mqtt-ha", { resourceId: "ct:122" }),
]);

test("guests that use nothing of their node pass", async () => {
  const plain = [
    haGroup(),
    zigbee({ mountPoints: [{ volume: "/mnt/nfs", path: "/srv", shared: true }] }),
    haResource("ct:122"),
    vm({ usbs: [{ host: "spice" }, { mapping: "stick" }], hostpcis: [{ mapping: "gpu" }] }),
    haResource("vm:300"),
  ];

  expect(await reported(haPassthrough, plain)).toEqual([]);
});

test("rejects a component's guest with a device, or pinned to its node", async () => {
  const stick = group({ passthrough: [{ kind: "usb", device: "/dev/ttyUSB0" }] });
  const pinned = group({ pinned: "needs the radio in the attic" });

  expect(await reported(haPassthrough, [stick])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-passthrough: HaGroup "iot" guests[0]: zigbee2mqtt (ct:122) is under HA and uses usb /dev/ttyUSB0 of proxmox3: HA cannot start it anywhere else; take it out of haGroups, or reach the device over the network (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-passthrough.md)",
    ]
  `);
  expect(await reported(haPassthrough, [pinned])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-passthrough: HaGroup "iot" guests[0]: zigbee2mqtt (ct:122) is under HA and pinned to proxmox3 (needs the radio in the attic): HA has nowhere to move it; take it out of haGroups, or drop the pin (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-passthrough.md)",
    ]
  `);
});

test("rejects a plain container with a device or a folder of its node under HA", async () => {
  const bound = zigbee({
    devicePassthroughs: [{ path: "/dev/ttyUSB0" }],
    mountPoints: [{ volume: "/mnt/photos", path: "/photos" }],
  });

  expect(await reported(haPassthrough, [bound, haResource("ct:122")])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-passthrough: Haresource "ha-ct:122": zigbee2mqtt (ct:122) is under HA and uses /dev/ttyUSB0 and /mnt/photos of proxmox3: HA cannot start it anywhere else; remove its Haresource, or reach the device over the network (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-passthrough.md)",
    ]
  `);
});

test("rejects a plain virtual machine with a PCI or USB device under HA", async () => {
  const gpu = vm({ hostpcis: [{ device: "hostpci0", id: "0000:01:00" }], usbs: [{ host: "1-2" }] });

  expect(await reported(haPassthrough, [gpu, haResource("vm:300")])).toMatchInlineSnapshot(`
    [
      "[mandatory] ha-passthrough: Haresource "ha-vm:300": gpu (vm:300) is under HA and uses PCI 0000:01:00 and USB 1-2 of proxmox: HA cannot start it anywhere else; remove its Haresource, or reach the device over the network (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/ha-passthrough.md)",
    ]
  `);
});

test("a device without HA is nobody's fault, and one that is not known yet none either", async () => {
  const later = zigbee({ devicePassthroughs: unknown.list });

  expect(
    await reported(haPassthrough, [zigbee({ devicePassthroughs: [{ path: "/dev/x" }] })]),
  ).toEqual([]);
  expect(
    await reported(haPassthrough, [
      { ...later, props: proxied(later.props) },
      haResource("ct:122"),
    ]),
  ).toEqual([]);
});
