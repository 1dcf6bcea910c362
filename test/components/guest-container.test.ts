import { expect, test } from "vitest";
import {
  type GuestContainerArgs,
  guestContainer,
  refuseExisting,
} from "../../components/guest-container";
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

test("containers are created one after the other", async () => {
  const { resources } = await record(() => {
    const first = guestContainer("links", guest);
    guestContainer("notes", { ...guest, vmid: 141 }, { dependsOn: [first] });
  });
  expect(pick(resources, "ContainerLegacy", "notes").dependsOn).toEqual(["links"]);
});

const cluster = {
  "proxmoxve:index/getContainersLegacy:getContainersLegacy": () => ({
    containers: [{ vmId: 140, nodeName: "proxmox3", name: "links", tags: [] }],
  }),
};

test("rejects the creation of a VMID that HA moved out of the state's sight", async () => {
  const { result } = await record(() => refuseExisting("links", 140).catch(String), cluster);
  expect(await result).toMatchInlineSnapshot(
    `"Error: container 140 (links) exists on proxmox3, but not in this stack's state; adopt it: pulumi import proxmoxve:index/containerLegacy:ContainerLegacy links proxmox3/140"`,
  );
});

test("a free VMID may be created", async () => {
  const { result } = await record(() => refuseExisting("notes", 141), cluster);
  expect(await result).toBeUndefined();
});
