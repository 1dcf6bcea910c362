import { createHash } from "node:crypto";
import { stringify } from "yaml";

/**
 * A sound stack configuration of any size, in the shape of the real ones: guests on shared storage
 * under HA in groups of twenty, each on three nodes, with room for them; one Traefik pair.
 */
export function syntheticStack(guests: number, nodes: number): Record<string, unknown> {
  const nodeName = (index: number) => `node${index % nodes}`;
  const allNodes = Array.from({ length: nodes }, (_, index) => nodeName(index));
  const address = (index: number) =>
    `10.${1 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${1 + (index % 250)}`;
  const guest = (index: number) => ({
    vmid: 1000 + index,
    type: index % 2 === 0 ? "ct" : "vm",
    purpose: "synthetic",
    node: nodeName(Math.floor(index / 20) + (index % 3)),
    memoryMb: 2048,
    cores: 2,
    address: address(index),
    storage: "tank",
    startup: { order: 1 + (index % 9) },
    hostKey: hostKey(`guest${index}`),
  });
  const names = Array.from({ length: guests }, (_, index) => `guest${index}`);
  const groups = Array.from({ length: Math.ceil(guests / 20) }, (_, index) => {
    const preferred = [0, 1, 2].map((offset) => nodeName(index + offset));
    return [
      `group${index}`,
      {
        guests: names.slice(index * 20, index * 20 + 20),
        nodes: Object.fromEntries(preferred.map((node) => [node, 1])),
      },
    ];
  });
  return {
    cluster: {
      name: "synthetic",
      pveVersion: 9,
      nodes: Object.fromEntries(
        allNodes.map((name, index) => [
          name,
          { address: `10.0.0.${1 + index}`, hostKey: hostKey(name), memoryGb: 512, cores: 64 },
        ]),
      ),
      segments: { lan: { cidr: "10.0.0.0/8" } },
      storages: { tank: { kind: "shared", nodes: allNodes } },
      backup: { storage: "backup", on: "outside", schedule: "02:00" },
    },
    guests: Object.fromEntries(names.map((name, index) => [name, guest(index)])),
    haGroups: Object.fromEntries(groups),
    traefikPairs: {
      traefik: {
        vip: "10.250.0.1/8",
        interface: "eth0",
        virtualRouterId: 51,
        members: [
          { guest: "guest0", priority: 150 },
          { guest: "guest1", priority: 100 },
        ],
        traefik: { version: "3.5.0" },
      },
    },
  };
}

/** The stack file of such a configuration. */
export function stackFileText(data: Record<string, unknown>): string {
  const sections = Object.entries(data).map(([section, value]) => [`homelab:${section}`, value]);
  return stringify({ config: Object.fromEntries(sections) });
}

/** A well-formed ed25519 key, the same for the same name in every run; nobody has its private half. */
function hostKey(name: string): string {
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = [Buffer.from("ssh-ed25519"), createHash("sha256").update(name).digest()].map(part);
  return `ssh-ed25519 ${Buffer.concat(blob).toString("base64")}`;
}
