import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { evaluate } from "../../policy/evaluate";
import { rules } from "../../policy/rules/all";
import { command, container } from "../policy/resources";
import { type LanHost, lan } from "./lan";

/** What a pair is generated from; lists have one entry for each member. */
export interface PairSpec {
  version: 2 | 3;
  priorities: [number, number];
  weight: number;
  trouble: Trouble;
  unicast: boolean;
  auth: boolean;
}

const troubles = [
  "none",
  "none",
  "none",
  "no check",
  "check on one line",
  "other router id",
  "other address",
  "one address more",
  "unicast against multicast",
  "password on one line",
  "other password",
  "AH against PASS",
  "other interval",
  "other version",
  "nopreempt",
  "priority on a line of its own",
  "script below its use",
  "weight in a sync group",
  "no router id",
  "comment behind the priority",
  "definition",
] as const;
type Trouble = (typeof troubles)[number];

/** Pairs that work and pairs that do not. */
export const pairSpec: fc.Arbitrary<PairSpec> = fc.record({
  version: fc.constantFrom<2 | 3>(2, 3),
  priorities: fc
    .tuple(fc.integer({ min: 110, max: 200 }), fc.integer({ min: 50, max: 105 }))
    .map(([high, low]): [number, number] => [high, low]),
  weight: fc.constantFrom(0, 0, -20, -60, -100, -160, 40, 120),
  trouble: fc.constantFrom(...troubles),
  unicast: fc.boolean(),
  auth: fc.boolean(),
});

const addresses = ["192.168.1.110", "192.168.1.103"] as const;

/** The file of a member; the trouble is on the second one, unless it takes both. */
export function pairFile(spec: PairSpec, index: 0 | 1): string {
  const { weight, trouble } = spec;
  const here = (one: Trouble) => trouble === one && index === 1;
  const priority = spec.priorities[index];
  const version = here("other version") ? 5 - spec.version : spec.version;
  const unicast = here("unicast against multicast") ? !spec.unicast : spec.unicast;
  const script =
    trouble === "check on one line"
      ? `vrrp_script chk { script "/usr/local/bin/check" interval 1 weight ${weight} }`
      : `vrrp_script chk {\n  script "/usr/local/bin/check"\n  interval 1\n  weight ${weight}\n}`;
  const pass = here("other password") ? "elsewise" : "geheim12";
  const signed = spec.auth || /password|PASS/.test(trouble);
  const auth = here("password on one line")
    ? `  authentication { auth_type PASS auth_pass ${pass} }`
    : `  authentication {\n    auth_type ${here("AH against PASS") ? "AH" : "PASS"}\n    auth_pass ${pass}\n  }`;
  const instance = [
    "vrrp_instance VI_1 {",
    "  state BACKUP",
    "  interface eth0",
    ...(here("no router id") ? [] : [`  virtual_router_id ${here("other router id") ? 62 : 61}`]),
    `  version ${version}`,
    ...(trouble === "priority on a line of its own"
      ? ["  priority \\", `  ${priority}`]
      : trouble === "comment behind the priority"
        ? [`  priority ${priority} # preferred ! or not`]
        : trouble === "definition"
          ? ["  priority $PRIO"]
          : [`  priority ${priority}`]),
    `  advert_int ${here("other interval") ? 2 : 1}`,
    ...(trouble === "nopreempt" ? ["  nopreempt"] : []),
    ...(unicast ? [`  unicast_peer {\n    ${addresses[1 - index]}\n  }`] : []),
    ...(signed ? [auth] : []),
    "  virtual_ipaddress {",
    `    ${here("other address") ? "192.168.1.66" : "192.168.1.60"}/24`,
    ...(here("one address more") ? ["    192.168.1.67/24"] : []),
    "  }",
    ...(trouble === "no check" ? [] : ["  track_script {\n    chk\n  }"]),
    "}",
  ].join("\n");
  const group = "vrrp_sync_group G {\n  group {\n    VI_1\n  }\n}";
  return [
    ...(trouble === "definition" ? [`$PRIO=${priority}`] : []),
    ...(trouble === "script below its use" ? [instance, script] : [script, instance]),
    ...(trouble === "weight in a sync group" ? [group] : []),
    "",
  ].join("\n");
}

/** Why the pack refuses the pair; empty where it accepts it. */
export async function refusedBy(texts: readonly string[]): Promise<string[]> {
  const resources = texts.flatMap((text, index) => [
    container(`host-${index}`, 110 + index, `node${index}`, addresses[index] ?? ""),
    command(`conf-${index}`, addresses[index] ?? "", text),
  ]);
  const found = (await evaluate(rules, resources)).filter(
    ({ policy, enforcement }) =>
      enforcement === "mandatory" && /^(vrrp|pair|keepalived)/.test(policy),
  );
  return [...new Set(found.map(({ policy }) => policy))].sort();
}

const masters = (hosts: readonly LanHost[]) => hosts.filter(({ state }) => state === "MASTER");

/** Waits until a state lasts for `lastsMs`; false after `limitMs`. */
async function settles(is: () => boolean, limitMs: number, lastsMs = 3000): Promise<boolean> {
  const end = Date.now() + limitMs;
  let since: number | undefined;
  while (Date.now() < end) {
    since = is() ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= lastsMs) return true;
    await sleep(100);
  }
  return false;
}

const LIMIT_MS = Number(process.env.KEEPALIVED_LIMIT_MS ?? 14_000);

/**
 * What real daemons do: the first thing that goes wrong, or nothing.
 *
 * @param returns whether the first host is meant to have the address back after a repair
 */
export async function seenWith(
  texts: readonly string[],
  returns: boolean,
): Promise<string | undefined> {
  const { hosts, close } = await lan(addresses);
  try {
    for (const [index, host] of hosts.entries()) host.start(texts[index] ?? "");
    const single = () => masters(hosts).length === 1;
    if (!(await settles(single, LIMIT_MS, 5000))) {
      return `${masters(hosts).length} masters while all is well`;
    }
    for (const round of ["first", "second"]) {
      const [owner] = masters(hosts);
      owner?.fail(true);
      const moved = () => single() && masters(hosts)[0] !== owner;
      if (!(await settles(moved, LIMIT_MS, 1500))) return `a failed check moves nothing (${round})`;
      owner?.fail(false);
      if (!(await settles(single, LIMIT_MS, 5000))) return "no single master after the repair";
      const home = () => single() && masters(hosts)[0] === hosts[0];
      if (returns && !(await settles(home, LIMIT_MS, 1000))) {
        return "the preferred member does not get the address back";
      }
    }
    const [owner] = masters(hosts);
    owner?.die();
    const taken = () => hosts.some((host) => host !== owner && host.state === "MASTER");
    return (await settles(taken, LIMIT_MS, 500)) ? undefined : "nobody takes over after a death";
  } finally {
    close();
  }
}
