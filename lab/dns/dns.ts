import { findEngine, noEngine } from "../../clients/pulumi/engine";
import { ServicePair } from "../../components/service-pair";
import { addressOf } from "../../model/text";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import { clean } from "../machine/clean";
import { type HostPlan, inHost, type LabHost } from "../machine/host";
import { ensureImage } from "../machine/image";
import { VIP } from "../machine/network";
import { sleep } from "../machine/shell";
import { raiseHosts } from "../machine/world";
import { openProgram } from "../pair/deploy";
import { membersOf } from "../pair/pair";
import { steady } from "../scenarios/stage";
import { startResolving } from "./client";
import { DNS_FAULTS, type DnsStage } from "./faults";
import { installResolver, NAME, NAME_ADDRESS, RESOLVER_PACKAGES } from "./resolver";
import { type Suffered, stillLost, tableOfLookUps } from "./table";

const RESOLVERS: readonly HostPlan[] = [
  { name: "dns-1", number: 1, address: "10.77.0.11" },
  { name: "dns-2", number: 2, address: "10.77.0.12" },
];

/** Seconds of look-ups before a fault, and after it. */
const BEFORE_SEC = 1;
const AFTER_SEC = 8;

type Say = (line: string) => void;

/** What `lab dns` was asked for. */
export interface DnsOptions {
  profile: readonly VrrpProfile[];
}

interface DnsProgram {
  profile: VrrpProfile;
  hosts: readonly LabHost[];
  privateKey: string;
}

/** The component as any stack uses it, before a resolver that is there already. */
function dnsProgram({ profile, hosts, privateKey }: DnsProgram): Record<string, unknown> {
  const pair = new ServicePair("dns", {
    vip: VIP,
    interface: "host0",
    virtualRouterId: 79,
    profile,
    members: membersOf(profile, hosts),
    unit: "unbound.service",
    check: { dns: { name: NAME, expected: NAME_ADDRESS } },
    ssh: { user: "root", port: 22, privateKey },
  });
  return { address: pair.address };
}

/**
 * Two resolvers behind one address: what clients with the address, and with both members in their
 * list, notice of each fault.
 *
 * @returns exit code: 1 when a client with the address lost sight of the name for good
 */
export async function runDns({ profile: profiles }: DnsOptions, say: Say): Promise<number> {
  if (!findEngine()) throw new Error(noEngine);
  const image = await ensureImage(say, RESOLVER_PACKAGES);
  let lostForGood = false;
  try {
    const { hosts, privateKey } = await raiseHosts(RESOLVERS, [image], say, (all) => {
      for (const host of all) installResolver(host);
    });
    for (const profile of profiles) {
      const pair = await openProgram({ profile, hosts, privateKey }, dnsProgram);
      try {
        await pair.up();
        say(`${profile}: resolvers deployed`);
        const stage: DnsStage = {
          world: { hosts, privateKey },
          vip: addressOf(VIP),
          served: { units: ["unbound", "keepalived"], problemOn },
        };
        const all: Suffered[] = [];
        for (const fault of DNS_FAULTS) {
          await steady(stage, 120);
          const suffered = await suffer(stage, fault);
          all.push(suffered);
          say(`${profile}: ${fault.title}`);
          lostForGood ||= stillLost(Object.values(suffered.ways)[0] ?? []);
        }
        console.log(`\nprofile ${profile}\n\n${tableOfLookUps(all)}\n`);
      } finally {
        await pair.stop();
      }
    }
  } finally {
    await clean();
  }
  return lostForGood ? 1 : 0;
}

/** The lists of name servers that clients have. */
function waysOf({ world, vip }: DnsStage): Record<string, string> {
  const both = world.hosts.map(({ address }) => `nameserver ${address}\n`).join("");
  return {
    "the address alone": `nameserver ${vip}\n`,
    "both members listed": both,
    "both, `timeout:1 attempts:2`": `${both}options timeout:1 attempts:2\n`,
  };
}

async function suffer(stage: DnsStage, fault: (typeof DNS_FAULTS)[number]): Promise<Suffered> {
  await fault.prepare?.(stage);
  try {
    const clients = await Promise.all(
      Object.entries(waysOf(stage)).map(
        async ([way, conf]) => [way, await startResolving(NAME, conf)] as const,
      ),
    );
    await sleep(BEFORE_SEC);
    await fault.act(stage);
    await sleep(AFTER_SEC);
    const seen = clients.map(async ([way, client]) => [way, await client.stop()] as const);
    return { fault: fault.title, ways: Object.fromEntries(await Promise.all(seen)) };
  } finally {
    await fault.repair(stage);
  }
}

async function problemOn(host: LabHost): Promise<string | undefined> {
  const ask = `dig +short +time=1 +tries=1 @127.0.0.1 ${NAME} A`;
  const { stdout } = await inHost(host, ask);
  return stdout.trim() === NAME_ADDRESS ? undefined : `${host.name}: its resolver does not answer`;
}
