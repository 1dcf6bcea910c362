import type { Finding } from "../../model/finding";
import { judgeKeepalivedTiming } from "../../model/keepalived/limits";
import { judgeFamilies } from "../../model/network/families";
import { judgeProfile, judgeVrrp, vrrpGroup } from "../../model/vrrp/vrrp";
import type { Problem } from "../file/problem";
import { fromFinding } from "../file/problem";
import { hostFacts } from "../hosts";
import { certificateProblems } from "../sections/certificates";
import type { vrrpFields } from "../sections/vrrp";
import type { StackConfig, TraefikPairConfig } from "../stack";
import { vrrpAddresses } from "../virtual-addresses";

/** What Traefik pairs and API load balancers have in common. */
type VrrpConfig = Pick<TraefikPairConfig, keyof typeof vrrpFields | "members">;

/** In a stack file all members have one check, so what is wrong with it is said once, where it stands. */
function sharedCheck(findings: readonly Finding[]): Finding[] {
  const ofCheck = ({ path }: Finding) => path[0] === "members" && path[2] === "checks";
  const first = findings.find(ofCheck);
  return findings
    .filter((finding) => !ofCheck(finding) || finding === first)
    .map((finding) => (finding === first ? { ...finding, path: ["check"] } : finding));
}

/** VRRP settings of both kinds of pair, judged with the hosts behind their members. */
function groupProblems(stack: StackConfig): Problem[] {
  return vrrpAddresses<VrrpConfig>(stack).flatMap(({ section, name, settings }) => {
    const hosts = settings.members.map((ref) => ({
      facts: hostFacts(stack, ref, settings.vip),
      priority: ref.priority,
      interface: ref.interface,
      outside: ref.outside !== undefined,
    }));
    const members = hosts.flatMap(({ facts, ...own }) =>
      facts?.node && facts.address
        ? [
            {
              name: facts.name,
              node: facts.node,
              address: facts.address,
              debian: facts.debian,
              ...own,
            },
          ]
        : [],
    );
    // Half-known members are reported by the host checks; judging the rest would mislead.
    if (members.length < hosts.length) return [];
    const group = vrrpGroup(name, { ...settings, members });
    // That a host is listed twice is said by the host checks, and all else follows from it.
    if (new Set(members.map((member) => member.name)).size < members.length) return [];
    return sharedCheck([
      ...judgeFamilies({ ...settings, members, masters: [], workers: [] }),
      ...judgeVrrp(group),
      ...judgeProfile(settings.profile, group),
      ...judgeKeepalivedTiming(settings, members),
    ]).map((finding) => fromFinding([section, name], finding));
  });
}

/**
 * Hosts that carry two virtual addresses: each component writes a whole keepalived.conf, so the
 * second would silently take the first one's address away.
 */
function sharedHostProblems(stack: StackConfig): Problem[] {
  const owner = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { section, name, place: own, settings } of vrrpAddresses<VrrpConfig>(stack)) {
    const place = `homelab:${own}`;
    settings.members.forEach((ref, index) => {
      const facts = hostFacts(stack, ref, settings.vip);
      if (!facts) return;
      // A host outside `guests` may have two names, but only one address.
      const key = facts.address ?? facts.name;
      const earlier = owner.get(key);
      if (earlier === undefined) owner.set(key, place);
      else if (earlier !== place) {
        problems.push({
          path: [section, name, "members", index],
          message: `found host "${facts.name}"${facts.address ? ` (${facts.address})` : ""}, which is a member of ${earlier} already: each writes /etc/keepalived/keepalived.conf, and one would take the other's address away; use other hosts`,
          severity: "error",
        });
      }
    });
  }
  return problems;
}

function traefikPairProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.traefikPairs).flatMap(([name, pair]) => {
    const members = pair.members.flatMap((ref) => hostFacts(stack, ref)?.name ?? []);
    return certificateProblems(pair.certificates, members, pair.traefik.dynamicDirectory).map(
      ({ path, message }) => ({
        path: ["traefikPairs", name, ...path],
        message,
        severity: "error" as const,
      }),
    );
  });
}

/** Everything about virtual addresses that takes judgement. */
export function vrrpProblems(stack: StackConfig): Problem[] {
  return [...sharedHostProblems(stack), ...groupProblems(stack), ...traefikPairProblems(stack)];
}
