import { networkInterfaces } from "node:os";
import type { ResolvedMember } from "../../../config/sections/vrrp";
import { type VrrpSection, vrrpAddresses } from "../../../config/virtual-addresses";
import {
  authorizedKeys,
  HOST_KEYS,
  keptPaths,
  type MemberPaths,
  SERVICE_SCRIPTS,
  traefikScripts,
} from "../../../templates/host/kept-paths";
import { unitFile, unitPath } from "../../../templates/host/member-health";
import {
  HAPROXY_PACKAGES,
  REPLICATION_PACKAGES,
  servicePackages,
  traefikPackages,
} from "../../../templates/host/packages";
import type { CopiedTree } from "../../../templates/replication/lsyncd";
import { WATCHER_SCRIPT } from "../../../templates/traefik/config-watcher";
import { type Pair, pairOf, type Resolved, treesOf } from "../vrrp-pair";

/** A member whose files are kept. */
export interface BackupTarget {
  pair: Pair;
  member: ResolvedMember;
  paths: MemberPaths;
  /** Home of the user who logs in. */
  home: string;
  /** Debian packages that it runs on. */
  packages: readonly string[];
  /** Release of Traefik that it runs. @default none */
  traefik?: { version: string; sha256?: string };
  /** Directories that the first member copies to the others. */
  trees: readonly CopiedTree[];
  /** Whether it is the one that copies. */
  source: boolean;
}

/** Every pair of a stack, as it is resolved. */
export type ResolvedPairs = { [Key in VrrpSection]: Record<string, Resolved[Key]> };

/** Every member of every pair. */
export function backupTargets(resolved: ResolvedPairs, user: string): BackupTarget[] {
  return vrrpAddresses<Resolved[VrrpSection]>(resolved).flatMap((placed) => {
    const pair = pairOf(placed);
    const own = ownOf(placed);
    const { traefik } = own;
    const trees = treesOf(placed);
    const home = user === "root" ? "/root" : `/home/${user}`;
    return placed.settings.members.map((member, index): BackupTarget => {
      const source = trees.length > 0 && index === 0;
      const copies = source ? REPLICATION_PACKAGES.source : REPLICATION_PACKAGES.target;
      return {
        pair,
        member,
        home,
        trees,
        source,
        paths: keptPaths({
          service: pair.service,
          home,
          directories: own.directories,
          scripts: own.scripts,
        }),
        packages: [...new Set([...own.packages, ...(trees.length > 0 ? copies : [])])],
        ...(traefik && { traefik }),
      };
    });
  });
}

/** What one kind of pair has beside its address. */
interface Own {
  directories: string[];
  scripts: string[];
  packages: readonly string[];
  /** @default it runs none */
  traefik?: BackupTarget["traefik"];
}

/** By section, so that a new one does not compile before it is stated here. */
const owns: { [Key in VrrpSection]: (settings: Resolved[Key]) => Own } = {
  traefikPairs: (pair) => ({
    directories: [
      "/etc/traefik",
      pair.traefik.dynamicDirectory,
      ...(pair.certificates ? [pair.certificates.directory] : []),
    ],
    scripts: traefikScripts(WATCHER_SCRIPT),
    packages: traefikPackages(pair),
    traefik: pair.traefik,
  }),
  apiLoadBalancers: () => ({
    directories: ["/etc/haproxy"],
    scripts: [],
    packages: HAPROXY_PACKAGES,
  }),
  servicePairs: (pair) => ({
    directories: [
      ...(pair.replicate?.directories ?? []),
      ...(pair.unit === undefined ? [] : [`${unitPath(unitFile(pair.unit))}.d`]),
    ],
    scripts: pair.replicate ? SERVICE_SCRIPTS : [],
    packages: servicePackages(pair),
  }),
};

const ownOf = ({ section, settings }: { section: VrrpSection; settings: Resolved[VrrpSection] }) =>
  (owns[section] as (settings: object) => Own)(settings);

/** Whether a person means this member: by its name, or with its pair, `traefikPairs.traefik.traefik-2`. */
export const isNamed = ({ pair, member }: BackupTarget, named: string) =>
  member.name === named || `${pair.place}.${member.name}` === named;

/** Whether a path is one that no member but this one may have. */
export const isIdentity = (path: string, home: string) =>
  HOST_KEYS.includes(path) || path === authorizedKeys(home);

/** The member that this very machine is: a backup there is lost with it. */
export function memberHere(
  targets: readonly BackupTarget[],
  own: readonly string[] = Object.values(networkInterfaces()).flatMap(
    (all) => all?.map(({ address }) => address) ?? [],
  ),
): BackupTarget | undefined {
  return targets.find(({ member, pair }) => own.includes(member.address) || own.includes(pair.vip));
}
