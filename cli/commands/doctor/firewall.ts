import { z } from "zod";
import { type Proxmox, ProxmoxError } from "../../../clients/proxmox";
import {
  firewallOptions,
  firewallRule,
  guestConfigAnswer,
  guestItem,
  ipSetEntry,
  ipSetItem,
} from "../../../clients/proxmox/answers";
import { guestConfig, properties } from "../../../clients/proxmox/guest-config";
import { hostFacts } from "../../../config/hosts";
import type { StackConfig } from "../../../config/stack";
import { vrrpAddresses } from "../../../config/virtual-addresses";
import { type GuestFirewall, judgeSource } from "../../../model/doctor/firewall";
import { type IncomingRules, judgeAdverts } from "../../../model/doctor/firewall-rules";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { virtualAddresses } from "../../../model/vrrp/group";

/** A guest that is to send from addresses which are not its own, and to hear the others. */
interface Sender {
  vmid: number;
  interface: string;
  addresses: string[];
  keepsConnections: boolean;
  /** Its own address, and those of the other members, by virtual address. */
  groups: { own: string; peers: string[] }[];
}

interface PairSettings {
  vip: string;
  vip6?: string;
  interface: string;
  drainSec: number;
  members: StackConfig["traefikPairs"][string]["members"];
}

/** Asks whether Proxmox's firewall lets the members that are there send from their virtual addresses, and hear each other. */
export async function checkFirewall(client: Proxmox, stack: StackConfig): Promise<CheckResult[]> {
  const senders = sendersOf(stack);
  if (senders.size === 0) return [];
  const whole = await client.get("/cluster/firewall/options", firewallOptions);
  if (!whole.enable) {
    return [resultsOf("firewall", "Proxmox").ok("it is off, and drops nothing of the members")];
  }
  const guests = await client.get("/cluster/resources", z.array(guestItem), { type: "vm" });
  const judged = [...senders].map(async ([name, sender]) => {
    const guest = guests.find(({ vmid }) => vmid === sender.vmid);
    if (!guest) return [];
    const path = `/nodes/${guest.node}/${guest.type}/${guest.vmid}`;
    try {
      const { source, incoming } = await read(client, path, sender.interface);
      return [
        ...judgeSource(name, source, sender.addresses, sender.keepsConnections),
        ...sender.groups.flatMap(({ own, peers }) => judgeAdverts(name, incoming, own, peers)),
      ];
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      return [resultsOf("firewall", name).notChecked(error.message)];
    }
  });
  return (await Promise.all(judged)).flat();
}

async function read(
  client: Proxmox,
  path: string,
  device: string,
): Promise<{ source: GuestFirewall; incoming: IncomingRules }> {
  const [config, options, sets, rules] = await Promise.all([
    client.get(`${path}/config`, guestConfigAnswer),
    client.get(`${path}/firewall/options`, firewallOptions),
    client.get(`${path}/firewall/ipset`, z.array(ipSetItem)),
    client.get(`${path}/firewall/rules`, z.array(firewallRule)),
  ]);
  const { raw, networks } = guestConfig(config);
  const nets = networks.flatMap(({ key }) => {
    const { name = device, firewall } = properties(raw[key] ?? "");
    return name === device ? [{ key, filtered: firewall === "1" }] : [];
  });
  const named = sets.filter(({ name }) => nets.some(({ key }) => name === `ipfilter-${key}`));
  const entries = named.map(async ({ name }) => {
    const found = await client.get(`${path}/firewall/ipset/${name}`, z.array(ipSetEntry));
    return [name, found.map(({ cidr, nomatch = false }) => ({ cidr, nomatch }))] as const;
  });
  const enabled = options.enable ?? false;
  const filtered = nets.filter((net) => enabled && net.filtered).map(({ key }) => key);
  const inOrder = [...rules].sort((a, b) => a.pos - b.pos);
  return {
    source: {
      ...{ path, nets, enabled, ipFilter: options.ipfilter ?? false },
      sets: Object.fromEntries(await Promise.all(entries)),
    },
    incoming: {
      ...{ path, nets: filtered, policy: options.policy_in ?? "DROP" },
      rules: inOrder.map(({ enable = false, ...rule }) => ({ ...rule, enabled: enable })),
    },
  };
}

function sendersOf(stack: StackConfig): Map<string, Sender> {
  const senders = new Map<string, Sender>();
  for (const { settings } of vrrpAddresses<PairSettings>(stack)) {
    const addressOf = (member: PairSettings["members"][number]) =>
      hostFacts(stack, member, settings.vip)?.address;
    for (const member of settings.members) {
      const { guest: name, interface: device = settings.interface } = member;
      const guest = name === undefined ? undefined : stack.guests[name];
      if (name === undefined || !guest) continue;
      const before = senders.get(name);
      const own = addressOf(member);
      const others = settings.members.filter((one) => one !== member);
      const peers = others.flatMap((one) => addressOf(one) ?? []);
      senders.set(name, {
        vmid: guest.vmid,
        interface: device,
        addresses: [...(before?.addresses ?? []), ...virtualAddresses(settings)],
        keepsConnections: before?.keepsConnections === true || settings.drainSec > 0,
        groups: [...(before?.groups ?? []), ...(own === undefined ? [] : [{ own, peers }])],
      });
    }
  }
  return senders;
}
