import { ContainerLegacy } from "@muhlba91/pulumi-proxmoxve/containerLegacy";
import { Hagroup } from "@muhlba91/pulumi-proxmoxve/hagroup";
import { Haresource } from "@muhlba91/pulumi-proxmoxve/haresource";
import { Harule } from "@muhlba91/pulumi-proxmoxve/harule";
import { Replication } from "@muhlba91/pulumi-proxmoxve/replication";
import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy";
import type { CustomResourceOptions } from "@pulumi/pulumi";

/** What the naive program is told; the same facts as a stack file states. */
export interface NaiveFacts {
  pveVersion: 8 | 9;
  /** Nodes of the group with their priority. */
  nodes: Record<string, number>;
  guests: NaiveGuest[];
}

/** A guest as somebody writes it down: its node is an argument like any other. */
export interface NaiveGuest {
  name: string;
  vmid: number;
  type: "ct" | "vm";
  node: string;
  memoryMb: number;
  /** Node to which it is replicated. */
  replica: string;
  /** Whether it was there before the stack. */
  existing: boolean;
  /** Whether this run imports it; the documentation says to take that out afterwards. */
  adopt: boolean;
}

/**
 * The guests and their HA written with the provider's own classes, straight from its documentation:
 * no protection, nothing ignored, every node where it is meant to be.
 */
export function naiveProgram({ pveVersion, nodes, guests }: NaiveFacts): void {
  const group =
    pveVersion === 8 ? new Hagroup("services", { group: "services", nodes }) : undefined;
  const managed = guests.map((guest) => {
    const made = { dependsOn: [makeGuest(guest)] };
    new Replication(
      `${guest.name}-replica`,
      { resourceId: `${guest.vmid}-0`, type: "local", target: guest.replica },
      made,
    );
    return new Haresource(
      `${guest.name}-ha`,
      { resourceId: haId(guest), ...(group && { group: group.group }) },
      made,
    );
  });
  if (pveVersion === 8) return;
  new Harule(
    "services",
    {
      rule: "services",
      type: "node-affinity",
      nodes,
      resources: guests.map(haId),
    },
    { dependsOn: managed },
  );
}

function haId({ type, vmid }: NaiveGuest): string {
  return `${type}:${vmid}`;
}

function makeGuest({ name, vmid, type, node, memoryMb, existing, adopt }: NaiveGuest) {
  const opts: CustomResourceOptions = adopt ? { import: `${node}/${vmid}` } : {};
  const common = { vmId: vmid, nodeName: node, memory: { dedicated: memoryMb } };
  if (type === "vm") return new VmLegacy(name, { ...common, name }, opts);
  // What an import does not bring back is left out for the container that is imported.
  const created = {
    unprivileged: true,
    operatingSystem: { templateFileId: "local:vztmpl/debian-12.tar.zst", type: "debian" },
  };
  return new ContainerLegacy(
    name,
    { ...common, initialization: { hostname: name }, ...(existing ? {} : created) },
    opts,
  );
}
