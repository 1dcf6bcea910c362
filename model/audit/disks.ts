import type { GuestSnapshot, ReplicationJob, StorageSnapshot } from "../cluster-snapshot";
import { addTo } from "../maps";
import { leftBehind } from "../storage/left-behind";
import { type GuestDisk, judgeHaGuest, replicationTargets } from "../storage/storage";
import { counted, listed } from "../text";
import { type AuditContext, type AuditFinding, ago, shownGuest } from "./types";

/** What a storage can do for a guest whose node died. */
export function storageKind(storage: StorageSnapshot): GuestDisk["kind"] {
  if (storage.type === "rbd" || storage.type === "cephfs") return "ceph";
  if (storage.shared) return "shared";
  return storage.type === "zfspool" ? "zfs" : "local";
}

/** Disks and devices that stay behind when HA moves a guest, and replication that does not run. */
export function judgeDisks(context: AuditContext): AuditFinding[] {
  const { cluster, managed } = context;
  const jobs = new Map<number, ReplicationJob[]>();
  for (const job of cluster.replication) addTo(jobs, job.vmid, job);
  const guests = cluster.guests.filter(({ sid }) => managed.has(sid));
  const byVmid = new Map(cluster.guests.map((guest) => [guest.vmid, guest]));
  return [
    ...merged(guests.flatMap((guest) => diskFindings(context, guest, jobs.get(guest.vmid) ?? []))),
    ...guests.flatMap((guest) => findingsOf(context, guest)),
    ...cluster.replication.flatMap((job) => judgeJob(context, job, byVmid.get(job.vmid))),
  ];
}

/** What would keep HA from starting a guest elsewhere, if it was under HA as it is. */
export function hazardsOf(context: AuditContext, guest: GuestSnapshot): AuditFinding[] {
  const jobs = context.cluster.replication.filter(({ vmid }) => vmid === guest.vmid);
  return [...diskFindings(context, guest, jobs), ...findingsOf(context, guest)];
}

function diskFindings(
  context: AuditContext,
  guest: GuestSnapshot,
  jobs: readonly ReplicationJob[],
): AuditFinding[] {
  return guestDisks(context, guest, jobs).flatMap((disk) =>
    judgeHaGuest(disk).map(
      ({ rule, message, fix }): AuditFinding => ({
        rule,
        severity: "critical",
        subject: guest.name,
        message,
        fix: byHand(context, guest, disk, fix),
      }),
    ),
  );
}

/** The same where no stack file has the guest in a group: in commands of Proxmox. */
function byHand(
  { cluster, wanted }: AuditContext,
  { sid, vmid }: GuestSnapshot,
  disk: GuestDisk,
  fix: string,
): string {
  if (wanted?.groups.some(({ resources }) => resources.includes(sid))) return fix;
  const taken = new Set(cluster.replication.map(({ id }) => id));
  const free = Array.from({ length: 100 }, (_, n) => `${vmid}-${n}`).filter((id) => !taken.has(id));
  const commands = replicationTargets(disk)
    .filter((node) => !disk.replicaNodes.includes(node))
    .map((node, at) => {
      // A guest has one job to a node at most (pve-guest-common, ReplicationConfig.pm).
      const off = cluster.replication.find((job) => job.vmid === vmid && job.target === node);
      if (off?.removing)
        return `when job ${off.id} is gone: pvesr create-local-job ${off.id} ${node}`;
      return off ? `pvesr enable ${off.id}` : `pvesr create-local-job ${free[at]} ${node}`;
    });
  return fix
    .replace("take it out of haGroups", `take it out of HA (ha-manager remove ${sid})`)
    .replace("set replication for its group", `replicate it (${commands.join(" && ")})`);
}

function findingsOf({ cluster, places }: AuditContext, guest: GuestSnapshot): AuditFinding[] {
  return leftBehind(cluster, guest, places(guest.sid)).map(({ rule, certain, what, fix }) => ({
    rule,
    severity: certain ? "critical" : "warning",
    subject: guest.name,
    message: `${shownGuest(guest)} is under HA and ${what}`,
    fix,
  }));
}

/** A guest with disks on several storages is judged by each of them, its devices once. */
function guestDisks(
  { cluster, places }: AuditContext,
  guest: GuestSnapshot,
  jobs: readonly ReplicationJob[],
): GuestDisk[] {
  const { config, name, sid, node } = guest;
  if (!config) return [];
  const storages = new Map(cluster.storages.map((storage) => [storage.name, storage]));
  const nodes = cluster.nodes.map((each) => each.name);
  const allowedNodes = places(sid);
  const targets = jobs.filter(({ disabled, removing }) => !disabled && !removing);
  const passthrough = config.passthrough
    .filter(({ nodes: mapped }) => mapped === undefined)
    .map(({ kind, device, key }) =>
      kind === "bind" ? `the path ${device} (${key})` : `${kind} ${device} (${key})`,
    );
  const names = [...new Set(config.disks.map(({ storage }) => storage))];
  // A guest may have no other disk than a device of its node.
  return (names.length > 0 ? names : [""]).map((storageName, index) => {
    const storage = storages.get(storageName);
    return {
      guest: name,
      sid,
      storage: storageName,
      // A storage that no longer exists, and a disk that its replication omits, are told by themselves.
      kind: storage ? storageKind(storage) : "shared",
      storageNodes: storage?.nodes ?? nodes,
      allowedNodes,
      homeNode: node,
      replicaNodes: targets.map(({ target }) => target),
      passthrough: index === 0 ? passthrough : [],
    };
  });
}

/** Many guests with the same trouble are one finding: the eye skips what repeats itself. */
function merged(findings: readonly AuditFinding[]): AuditFinding[] {
  const groups = new Map<string, AuditFinding[]>();
  for (const finding of findings) {
    const key = `${finding.rule}\n${finding.message.replace(/^.*? is under HA/, "")}`;
    addTo(groups, key, finding);
  }
  return [...groups.values()].flatMap((all) => {
    const [first] = all;
    if (!first || all.length < 3) return all;
    const subjects = all.map(({ subject }) => subject);
    return [
      {
        ...first,
        subject: listed(subjects),
        message: `${listed(subjects, 20)} are under HA${plural(first.message.replace(/^.*? is under HA/, ""))}`,
        fix: /\b(pvesr|ha-manager) /.test(first.fix)
          ? `for each, as for the first: ${first.fix}`
          : first.fix,
      },
    ];
  });
}

const plural = (sentence: string) =>
  sentence
    .replace(" and its ZFS disk ", " and their ZFS disks ")
    .replace(/ is not replicated to/, " are not replicated to")
    .replace(/ and its disk on (.*) is on/, " and their disks on $1 are on")
    .replace(", where its storage", ", where their storage")
    .replace(" it cannot start", " they cannot start");

/** Failures after which Proxmox tries every 30 minutes only (pve-guest-common, ReplicationState.pm). */
const MANY_FAILURES = 3;

function judgeJob(
  { cluster, managed }: AuditContext,
  job: ReplicationJob,
  guest: GuestSnapshot | undefined,
): AuditFinding[] {
  const what = guest ? shownGuest(guest) : `guest ${job.vmid}`;
  const found = (severity: AuditFinding["severity"], message: string, fix: string) => [
    { rule: "replication-fails", severity, subject: guest?.name ?? job.id, message, fix },
  ];
  if (!guest) {
    return found(
      "warning",
      `replication job ${job.id} has no guest`,
      `pvesr delete ${job.id} --force`,
    );
  }
  if (job.removing) return [];
  if (job.disabled) {
    return found(
      "warning",
      `replication of ${what} to ${job.target} is switched off`,
      `pvesr enable ${job.id}, or delete it`,
    );
  }
  const { last } = job;
  if (!last) return [];
  const never = last.syncSec === undefined;
  const age = never
    ? "it never succeeded"
    : `last success ${ago(cluster.takenAt, last.syncSec ?? 0)}`;
  if (last.failCount === 0 && last.error === undefined) return [];
  const lost = !managed.has(guest.sid)
    ? ""
    : never
      ? ", so HA could not start it there"
      : ", and HA would start it from there with what was lost since";
  return found(
    managed.has(guest.sid) && (never || last.failCount >= MANY_FAILURES) ? "critical" : "warning",
    `replication of ${what} to ${job.target} fails (${counted(last.failCount, "time")} in a row, ${age})${lost}${last.error ? `: ${last.error.split("\n")[0]}` : ""}`,
    `read its log on ${guest.node}: pvesr status, then pvesr schedule-now ${job.id}`,
  );
}
