import type { StorageSnapshot } from "../cluster-snapshot";
import { foreign } from "../foreign-text";
import { listed } from "../text";
import { type CheckResult, resultsOf } from "./types";

/** A node as the cluster lists it. */
interface SeenNode {
  name: string;
  online: boolean;
}

/** Judges whether the cluster runs the stated version. */
export function judgeVersion(found: string, stated: 8 | 9): CheckResult {
  const { ok, problem } = resultsOf("version", "Proxmox VE");
  const major = Number(found.split(".")[0]);
  if (major === stated) return ok(foreign(found));
  return problem(
    `found ${foreign(found)}, and homelab:cluster.pveVersion is ${stated}`,
    major === 8 || major === 9
      ? `set homelab:cluster.pveVersion to ${major}`
      : "take a cluster of Proxmox VE 8 or 9",
  );
}

/** Judges whether the stated nodes are the cluster's, and there. */
export function judgeNodes(stated: readonly string[], seen: readonly SeenNode[]): CheckResult[] {
  const names = seen.map(({ name }) => foreign(name));
  const known = stated.map((name) => {
    const { ok, problem } = resultsOf("node", name);
    const node = seen.find((one) => one.name === name);
    if (!node) {
      return problem(
        `the cluster has no such node, only ${listed(names)}`,
        `correct its name in homelab:cluster.nodes`,
      );
    }
    return node.online ? ok("online") : problem("it is offline", "start it before `up`");
  });
  const more = seen.filter(({ name }) => !stated.includes(name));
  return [
    ...known,
    ...more.map(({ name }) =>
      resultsOf("node", foreign(name)).problem(
        "the cluster has it, and the stack file does not",
        "add it to homelab:cluster.nodes, or the arithmetic of quorum and placement is of another cluster",
      ),
    ),
  ];
}

/** A storage as a stack file states it. */
export interface StatedStorage {
  kind: string;
  nodes: readonly string[];
}

/** Judges whether the stated storages are there, of their kind, and on their nodes. */
export function judgeStorages(
  stated: Readonly<Record<string, StatedStorage>>,
  seen: readonly StorageSnapshot[],
  backup?: string,
): CheckResult[] {
  const names = seen.map(({ name }) => foreign(name));
  const there = (name: string, judge: (storage: StorageSnapshot) => CheckResult) => {
    const storage = seen.find((one) => one.name === name);
    if (storage) return judge(storage);
    return resultsOf("storage", name).problem(
      `Proxmox has no such storage, only ${listed(names) || "none"}`,
      "correct its name in the stack file, or add it with `pvesm add`",
    );
  };
  const own = Object.entries(stated).map(([name, { kind, nodes }]) =>
    there(name, (storage) => {
      const { ok, problem } = resultsOf("storage", name);
      if (storage.disabled) return problem("it is disabled", `pvesm set ${name} --disable 0`);
      const without = nodes.filter((node) => storage.nodes && !storage.nodes.includes(node));
      if (without.length > 0) {
        return problem(
          `Proxmox does not offer it on ${listed(without)}`,
          `pvesm set ${name} --nodes ${[...(storage.nodes ?? []), ...without].join(",")}`,
        );
      }
      if (fits(kind, storage)) return ok(`${kind} (${foreign(storage.type)})`);
      return problem(
        `it is of the type ${foreign(storage.type)}${storage.shared ? ", shared" : ""}, and the stack file says ${kind}`,
        `set the kind of homelab:cluster.storages.${name} to what it is`,
      );
    }),
  );
  if (backup === undefined || Object.hasOwn(stated, backup)) return own;
  return [
    ...own,
    there(backup, (storage) => {
      const { ok, problem } = resultsOf("storage", backup);
      if (storage.content.includes("backup")) return ok("takes backups");
      return problem(
        `it does not take backups, only ${listed(storage.content.map((one) => foreign(one))) || "nothing"}`,
        `pvesm set ${backup} --content ${[...storage.content, "backup"].join(",")}`,
      );
    }),
  ];
}

function fits(kind: string, { type, shared }: StorageSnapshot): boolean {
  if (kind === "zfs") return type === "zfspool";
  if (kind === "ceph") return type === "rbd" || type === "cephfs";
  return kind === "shared" ? shared : !shared;
}

/** Judges whether the guests that a stack configures over SSH run. */
export function judgeGuests(
  wanted: readonly { name: string; vmid: number }[],
  seen: readonly { vmid: number; status?: string }[],
): CheckResult[] {
  return wanted.map(({ name, vmid }) => {
    const { ok, problem } = resultsOf("guest", name);
    const guest = seen.find((one) => one.vmid === vmid);
    if (!guest) {
      return problem(
        `the cluster has no guest ${vmid}, or the token may not see it`,
        `correct homelab:guests.${name}.vmid, or let the stack create it (homelab:guests.${name}.create)`,
      );
    }
    if (guest.status === "running") return ok(`${vmid} runs`);
    return problem(
      `${vmid} is ${foreign(guest.status ?? "in no known state")}, and its files are written while it runs`,
      "start it before `up`",
    );
  });
}
