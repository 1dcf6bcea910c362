import { addTo } from "../maps";
import { votesNow } from "../placement/quorum";
import { counted, listed } from "../text";
import type { AuditContext, AuditFinding } from "./types";

/** Nodes, quorum, the links of corosync, Ceph, versions. */
export function judgeNodes(context: AuditContext): AuditFinding[] {
  return [
    ...unreachable(context),
    ...quorum(context),
    ...links(context),
    ...ceph(context),
    ...versions(context),
    ...notRead(context),
  ];
}

function unreachable({ cluster }: AuditContext): AuditFinding[] {
  return cluster.gaps
    .filter(({ unreachable: silent }) => silent)
    .map(({ node = "", reason }) => {
      const guests = cluster.guests.filter((guest) => guest.node === node);
      const [what = reason, ...fix] = reason.split("; ");
      return {
        rule: "node-unreachable",
        severity: "critical" as const,
        subject: `node ${node}`,
        message: `${what}; ${guests.length === 0 ? "no guest is on it" : `on it: ${listed(guests.map(({ name }) => name))}`}`,
        fix: fix.join("; ") || "see whether it is up",
      };
    });
}

function quorum({ cluster }: AuditContext): AuditFinding[] {
  const { corosync, nodes, quorate } = cluster;
  const finding = (
    severity: AuditFinding["severity"],
    message: string,
    fix: string,
  ): AuditFinding => ({ rule: "quorum", severity, subject: "cluster", message, fix });
  if (!quorate) {
    return [
      finding(
        "critical",
        "the asked node has no quorum: nothing can be changed, nothing is restarted, and nodes with HA resources reset themselves",
        "bring nodes or the corosync network back; only as a last resort: pvecm expected 1",
      ),
    ];
  }
  if (!corosync) return [];
  const { device, total, needed, held, online, away } = votesNow({ nodes, corosync });
  const heaviest = Math.max(0, ...online);
  const found: AuditFinding[] = [];
  if (held - heaviest < needed) {
    found.push(
      finding(
        held < total ? "critical" : "warning",
        `${held} of ${total} votes are there and ${needed} are needed: the loss of one more node ends quorum for all`,
        held < total
          ? online.length < nodes.length
            ? "bring the missing nodes back"
            : "bring the quorum device back"
          : total === 2
            ? "add a third node, or a quorum device on a host outside: pvecm qdevice setup <its address>"
            : "add a node, or give each node one vote",
      ),
    );
  }
  if (away !== undefined) {
    found.push(
      finding(
        "warning",
        `the quorum device is not connected (its state is "${away}"): ${device === 1 ? "its vote is" : `its ${device} votes are`} missing`,
        "on the nodes: systemctl status corosync-qdevice; on the device: systemctl status corosync-qnetd",
      ),
    );
  }
  return found;
}

/** Corosync over one network only is the commonest way to lose all nodes at once. */
function links({ cluster, hosts }: AuditContext): AuditFinding[] {
  const single = (cluster.corosync?.nodes ?? []).filter((node) => node.links.length === 1);
  const found: AuditFinding[] = [];
  if (single.length > 0 && cluster.nodes.length > 1) {
    found.push({
      rule: "corosync-links",
      severity: "warning",
      subject: "cluster",
      message: `corosync has one link only (${listed(single.map(({ name }) => name))}): when that network stutters, every node with HA resources resets itself`,
      fix: "give corosync a second link on another network (ring1_addr in /etc/pve/corosync.conf)",
    });
  }
  const nameOf = (id: number) =>
    cluster.corosync?.nodes.find(({ nodeId }) => nodeId === id)?.name ?? `node ${id}`;
  for (const host of hosts) {
    for (const link of host.links ?? []) {
      const lost = link.peers.filter(({ connected }) => !connected).map(({ nodeId }) => nodeId);
      if (lost.length === 0) continue;
      const last = lost.filter(
        (id) =>
          !host.links?.some(({ peers }) =>
            peers.some((peer) => peer.nodeId === id && peer.connected),
          ),
      );
      found.push({
        rule: "corosync-links",
        severity: last.length > 0 ? "critical" : "warning",
        subject: `node ${host.node}`,
        message: `link ${link.id} (${link.address}) does not reach ${listed(lost.map(nameOf))}${last.length > 0 ? `, and no other link reaches ${listed(last.map(nameOf))}` : ""}`,
        fix: `see cable, switch and address of link ${link.id}: corosync-cfgtool -s`,
      });
    }
  }
  return found;
}

function ceph({ cluster }: AuditContext): AuditFinding[] {
  const { ceph: found } = cluster;
  if (!found) return [];
  const missing = found.monitors.filter((name) => !found.quorum.includes(name));
  const osds = found.osds;
  const parts = [
    ...(found.health === "HEALTH_OK" ? [] : [`Ceph says ${found.health}`]),
    ...(missing.length > 0 ? [`monitors out of quorum: ${listed(missing)}`] : []),
    ...(osds && osds.up < osds.total
      ? [`${osds.total - osds.up} of ${counted(osds.total, "OSD")} down`]
      : []),
  ];
  if (parts.length === 0) return [];
  return [
    {
      rule: "ceph-health",
      severity: found.health === "HEALTH_ERR" ? "critical" : "warning",
      subject: "ceph",
      message: parts.join("; "),
      fix: "ceph health detail",
    },
  ];
}

function versions({ cluster }: AuditContext): AuditFinding[] {
  const of = new Map<string, string[]>();
  for (const { name, pveVersion } of cluster.nodes) {
    const version = pveVersion?.split("/")[1];
    if (version) addTo(of, version, name);
  }
  if (of.size < 2) return [];
  const majors = new Set([...of.keys()].map((version) => version.split(".")[0]));
  return [
    {
      rule: "node-versions",
      severity: majors.size > 1 ? "warning" : "note",
      subject: "cluster",
      message: `nodes run different versions: ${[...of].map(([version, names]) => `${version} on ${listed(names)}`).join(", ")}${majors.size > 1 ? "; HA groups become rules only when every node is new" : ""}`,
      fix: "finish the upgrade on every node",
    },
  ];
}

/** What could not be seen is said: silence would read as soundness. */
function notRead({ cluster, hosts }: AuditContext): AuditFinding[] {
  const seen = new Set(hosts.filter(({ log }) => log).map(({ node }) => node));
  const gaps = cluster.gaps.filter(
    ({ unreachable: silent, what, node = "" }) =>
      !silent && !(what === "journal" && seen.has(node)),
  );
  const byWhat = new Map<string, typeof gaps>();
  for (const gap of gaps) addTo(byWhat, gap.what, gap);
  return [...byWhat].map(([what, all]) => ({
    rule: "not-read",
    severity: "note" as const,
    subject: listed(all.map(({ node }) => (node === undefined ? "cluster" : `node ${node}`))),
    message: `not audited: ${what} (${all[0]?.reason.split("; ")[0] ?? ""})`,
    fix:
      what === "journal"
        ? "give the token a role with Sys.Syslog on /nodes, or give an SSH key (--identity)"
        : (all[0]?.reason.split("; ").slice(1).join("; ") ?? "see the log of pveproxy"),
  }));
}
