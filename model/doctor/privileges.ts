import { type CheckResult, resultsOf } from "./types";

/** What a token is to be used for. */
export const purposes = ["audit", "preview", "up"] as const;

export type Purpose = (typeof purposes)[number];

/** What a stack makes Proxmox do. */
export interface Work {
  pveVersion: 8 | 9;
  /** Guests under HA, in groups. */
  ha: boolean;
  replication: boolean;
  /** Whether the stack makes the backup job. */
  backup: boolean;
  createsGuests: boolean;
}

interface Need {
  privilege: string;
  path: string;
  why: string;
}

/** Privileges by path, as `/access/permissions` gives them: whether each reaches below. */
export type Held = Readonly<Record<string, Readonly<Record<string, boolean | null>>>>;

/** To read everything; Proxmox leaves out of its lists what a token may not see. */
const reading: readonly Need[] = [
  { privilege: "Sys.Audit", path: "/", why: "nodes, HA and backup jobs" },
  { privilege: "VM.Audit", path: "/vms", why: "guests and replication jobs" },
  { privilege: "Datastore.Audit", path: "/storage", why: "storages" },
];

const creating = [
  "VM.Allocate",
  "VM.Config.CPU",
  "VM.Config.Disk",
  "VM.Config.Memory",
  "VM.Config.Network",
  "VM.Config.Options",
  "VM.PowerMgmt",
];

/** The privileges that a stack's `up` needs beside reading (docs/security.md has the sources). */
function changing({ pveVersion, ...work }: Work): Need[] {
  const replicate =
    pveVersion === 9
      ? { privilege: "VM.Replicate", path: "/vms" }
      : { privilege: "Datastore.Allocate", path: "/storage" };
  return [
    ...(work.ha ? [{ privilege: "Sys.Console", path: "/", why: "HA resources and rules" }] : []),
    ...(work.replication ? [{ ...replicate, why: "replication jobs" }] : []),
    ...(work.backup ? [{ privilege: "Sys.Modify", path: "/", why: "the backup job" }] : []),
    ...(work.createsGuests
      ? [
          ...creating.map((privilege) => ({ privilege, path: "/vms", why: "created guests" })),
          { privilege: "Datastore.AllocateSpace", path: "/storage", why: "their disks" },
          { privilege: "SDN.Use", path: "/sdn/zones", why: "their networks" },
        ]
      : []),
  ];
}

/** The role that the printed commands make. */
const ROLE = "HomelabHa";

/**
 * Judges what a token holds, with the commands that give it what is missing. A token with privilege
 * separation holds what both it and its user hold, so both are given the role.
 *
 * @param token `user@realm!name`, without its secret
 */
export function judgePrivileges(
  token: string,
  held: Held,
  purpose: Purpose,
  work: Work,
): CheckResult[] {
  const needs = [...reading, ...(purpose === "up" ? changing(work) : [])];
  const { ok, problem } = resultsOf("privileges", `for ${purpose}`);
  const missing = needs.filter((need) => !holds(held, need));
  if (missing.length === 0) return [ok(`${needs.length} of ${needs.length} held`)];
  const found = missing
    .map(({ privilege, path, why }) => `${privilege} on ${path} (${why})`)
    .join(", ");
  return [problem(`the token lacks ${found}`, ...commands(token, needs, missing))];
}

/** The privilege itself, and that it reaches below where things lie below its path. */
function holds(held: Held, { privilege, path }: Need): boolean {
  const here = held[path] ?? held["/"];
  if (here === undefined || !Object.hasOwn(here, privilege)) return false;
  return path === "/" && privilege !== "Sys.Audit" ? true : here[privilege] === true;
}

function commands(token: string, needs: readonly Need[], missing: readonly Need[]): string[] {
  const [user] = token.split("!");
  const give = (role: string) => [
    `pveum acl modify / --users '${user}' --roles ${role}`,
    `pveum acl modify / --tokens '${token}' --roles ${role}`,
  ];
  if (missing.every((need) => reading.includes(need))) return give("PVEAuditor");
  const privileges = [...new Set(needs.map(({ privilege }) => privilege))].join(",");
  return [
    `pveum role add ${ROLE} --privs "${privileges}" || pveum role modify ${ROLE} --append 1 --privs "${privileges}"`,
    ...give(ROLE),
  ];
}
