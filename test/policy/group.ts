import type { ObservedResource } from "../../policy/rule";
import { resource } from "./resources";

/** One guest of an HaGroup. */
export function guest(
  name: string,
  vmid: number,
  node: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const storage = { name: "ceph", kind: "ceph", nodes: ["proxmox", "proxmox2", "proxmox3"] };
  return { name, vmid, type: "ct", node, storage, passthrough: [], ...more };
}

/** Inputs of an HaGroup that keeps the Traefik pair apart; `more` goes on top. */
export function haGroup(
  name = "reverse-proxy",
  more: Record<string, unknown> = {},
): ObservedResource {
  return resource("homelab:components:HaGroup", name, {
    pveVersion: 9,
    clusterNodes: ["proxmox", "proxmox2", "proxmox3"],
    guests: [guest("traefik", 110, "proxmox2"), guest("traefik-2", 121, "proxmox3")],
    nodes: {},
    strict: false,
    failback: false,
    keepApart: [["traefik", "traefik-2"]],
    keepTogether: [],
    ...more,
  });
}

/** A guest put under HA. */
export function haResource(sid: string, more: Record<string, unknown> = {}): ObservedResource {
  return resource("proxmoxve:index/haresource:Haresource", `ha-${sid}`, {
    resourceId: sid,
    state: "started",
    ...more,
  });
}

/** A rule of the HA manager as a plain resource. */
export function haRule(rule: string, props: Record<string, unknown>): ObservedResource {
  return resource("proxmoxve:index/harule:Harule", rule, { rule, ...props });
}
