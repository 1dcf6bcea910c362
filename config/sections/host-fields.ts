import { placeholderHostKey } from "../../model/host/host-key";
import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import { hostFacts } from "../hosts";
import type { StackConfig } from "../stack";
import { sectionsOf, type VrrpSection } from "../virtual-addresses";

type HostRef = StackConfig["apiLoadBalancers"][string]["masters"][number];

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/**
 * Which fields of a host go together: a guest by name, or a host with address and node stated in
 * place; hosts that are logged in to need a pinned key.
 */
export function hostProblems(
  stack: StackConfig,
  path: Path,
  ref: HostRef,
  loggedInTo: boolean,
): Problem[] {
  const { guest, host } = ref;
  if ((guest === undefined) === (host === undefined)) {
    return [
      error(
        path,
        `found ${guest === undefined ? "neither" : "both"} "guest" ${guest === undefined ? "nor" : "and"} "host", expected one of them; name a guest of homelab:guests, or a host with its address and node`,
      ),
    ];
  }
  if (guest !== undefined) {
    const extra = (["address", "address6", "node", "outside", "hostKey", "debian"] as const).filter(
      (key) => ref[key] !== undefined,
    );
    if (extra.length > 0) {
      return extra.map((key) =>
        error(
          [...path, key],
          `a guest's ${key} is set only in homelab:guests.${guest}; remove it here`,
        ),
      );
    }
  }
  const misplaced = placeProblem(stack, path, ref);
  if (misplaced) return [misplaced];
  const facts = hostFacts(stack, ref);
  // A reference to a guest that does not exist is reported by the reference check.
  if (!facts) return [];
  const place = guest === undefined ? [...path, "hostKey"] : ["guests", guest, "hostKey"];
  if (loggedInTo && facts.hostKey === placeholderHostKey(facts.name)) {
    return [
      {
        path: place,
        message: `is the placeholder that \`homelab init\` wrote, so a connection to "${facts.name}" is refused; put in the first two words of /etc/ssh/ssh_host_ed25519_key.pub on that host`,
        severity: "warning",
      },
    ];
  }
  const needed = ["address", "node", ...(loggedInTo ? ["hostKey"] : [])] as const;
  return needed
    .filter((key) => facts[key as "address" | "node" | "hostKey"] === undefined)
    .map((key) =>
      guest === undefined
        ? error(
            [...path, key],
            key === "node"
              ? `missing; state the node of host "${facts.name}", or with outside what it shares with others if no node carries it`
              : `missing; state the ${key} of host "${facts.name}"`,
          )
        : error(
            ["guests", guest, key],
            `missing, but ${key === "hostKey" ? "files are copied to this guest" : "this guest is a member"}; state its ${key}`,
          ),
    );
}

/** A host is carried by a node or by none. */
function placeProblem(stack: StackConfig, path: Path, { host, node, outside }: HostRef) {
  if (outside === undefined) return undefined;
  const place = [...path, "outside"];
  if (node !== undefined) {
    return error(
      place,
      `found "${outside}" beside the node "${node}"; keep node if that node carries "${host}", else outside`,
    );
  }
  const known = Object.keys(stack.cluster.nodes).find(
    (name) => name.toLowerCase() === outside.toLowerCase(),
  );
  return known === undefined
    ? undefined
    : error(
        place,
        `found "${outside}", which is a node; write node: ${known} if it carries "${host}" or is it, else another word`,
      );
}

type MemberConfig = StackConfig["traefikPairs"][string]["members"][number];

/**
 * The bridge of a node as the interface of a guest: inside it is called otherwise, and keepalived
 * would not start there.
 */
function bridgeProblems(stack: StackConfig): Problem[] {
  return sectionsOf("vrrp").flatMap(({ name: section }) =>
    Object.entries(stack[section as VrrpSection]).flatMap(([name, entry]) => {
      const members: readonly MemberConfig[] = entry.members;
      const common = members.find(
        (member) => member.guest !== undefined && member.interface === undefined,
      );
      const own = members.map((member, index) => ({
        ...member,
        path: ["members", index, "interface"],
      }));
      const all = [
        ...(common ? [{ ...common, interface: entry.interface, path: ["interface"] }] : []),
        ...own,
      ];
      return all.flatMap(({ guest, interface: found = "", path }) => {
        if (guest === undefined || !/^vmbr\d/.test(found)) return [];
        return [
          error(
            [section, name, ...path],
            `found "${found}", a bridge of the node, expected an interface inside the guest "${guest}"; use the name that \`ip link\` shows there, e.g. eth0`,
          ),
        ];
      });
    }),
  );
}

const hostsAt = (entry: object, key: string): HostRef[] =>
  (entry as Record<string, HostRef[] | undefined>)[key] ?? [];

/** A guest or host that one list names twice: what is said of two machines would count one. */
function repeatedHosts(section: string, name: string, key: string, refs: readonly HostRef[]) {
  const nameOf = ({ guest, host }: HostRef) => guest ?? host;
  return refs.flatMap((ref, index): Problem[] => {
    const own = nameOf(ref);
    const first = refs.findIndex((other) => nameOf(other) === own);
    if (own === undefined || first === index) return [];
    const path = [section, name, key, index];
    return [error(path, `"${own}" is in ${key} already ([${first}]); remove it, or name another`)];
  });
}

/** Host problems of a whole stack, without repeating one that two references share. */
export function allHostProblems(stack: StackConfig): Problem[] {
  const found = [
    ...bridgeProblems(stack),
    ...sectionsOf().flatMap(({ name: section, hosts }) =>
      Object.entries(stack[section as VrrpSection]).flatMap(([name, entry]) => {
        const joined = "kubeadm" in entry && entry.kubeadm.join;
        return hosts.flatMap((key) => {
          const refs = hostsAt(entry, key);
          const loggedInTo = key === "members" || key === "leaving" || joined;
          return [
            ...repeatedHosts(section, name, key, refs),
            ...refs.flatMap((ref, index) =>
              hostProblems(stack, [section, name, key, index], ref, loggedInTo),
            ),
          ];
        });
      }),
    ),
  ];
  const seen = new Set<string>();
  return found.filter((problem) => {
    const key = JSON.stringify(problem.path);
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
}
