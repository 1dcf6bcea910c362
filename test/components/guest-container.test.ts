import { expect, test } from "vitest";
import { type GuestContainerArgs, guestContainer } from "../../components/guests/container";
import { pick, record } from "./recorder";

const guest: GuestContainerArgs = {
  vmid: 140,
  purpose: "link page",
  node: "proxmox2",
  address: "192.168.1.140/24",
  storage: "local-zfs",
  startup: { order: 6, upSec: 10 },
  create: {
    template: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
    diskGb: 8,
    memoryMb: 1024,
    cores: 2,
    bridge: "vmbr0",
    gateway: "192.168.1.1",
  },
};

test("creates an unprivileged container with its own network, disk and start-up order", async () => {
  const { resources } = await record(() => guestContainer("links", guest));
  expect(pick(resources, "ContainerLegacy", "links").inputs).toEqual({
    vmId: 140,
    nodeName: "proxmox2",
    description: "link page",
    unprivileged: true,
    features: { nesting: true },
    cpu: { cores: 2 },
    memory: { dedicated: 1024 },
    disk: { datastoreId: "local-zfs", size: 8 },
    operatingSystem: {
      templateFileId: "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
      type: "debian",
    },
    initialization: {
      hostname: "links",
      ipConfigs: [{ ipv4: { address: "192.168.1.140/24", gateway: "192.168.1.1" } }],
    },
    networkInterfaces: [{ name: "eth0", bridge: "vmbr0" }],
    startup: { order: 6, upDelay: 10 },
  });
});

test("a container that HA moved, or that was imported, is neither replaced nor deleted", async () => {
  const { resources } = await record(() => guestContainer("links", guest));
  expect(pick(resources, "ContainerLegacy", "links").options).toEqual({
    protect: true,
    deleteBeforeReplace: true,
    ignoreChanges: [
      "nodeName",
      "started",
      "operatingSystem",
      "initialization.userAccount",
      "unprivileged",
    ],
  });
});

test("a container that the state has lost is taken back from the node that runs it", async () => {
  const { resources } = await record(() =>
    guestContainer("links", { ...guest, lostOn: "proxmox3" }),
  );
  const { inputs, options } = pick(resources, "ContainerLegacy", "links");
  expect(options.importId).toBe("proxmox3/140");
  // Where it was declared stays in the plan; the engine ignores the difference.
  expect(inputs.nodeName).toBe("proxmox2");
});

test("containers are created one after the other", async () => {
  const { resources } = await record(() => {
    const first = guestContainer("links", guest);
    guestContainer("notes", { ...guest, vmid: 141 }, { dependsOn: [first] });
  });
  expect(pick(resources, "ContainerLegacy", "notes").dependsOn).toEqual(["links"]);
});
