import { z } from "zod";
import { type Proxmox, ProxmoxError } from "../../../clients/proxmox";
import {
  firewallOptions,
  guestConfigAnswer,
  guestItem,
  ipSetEntry,
  ipSetItem,
} from "../../../clients/proxmox/answers";
import { guestConfig, properties } from "../../../clients/proxmox/guest-config";
import type { StackConfig } from "../../../config/stack";
import { vrrpAddresses } from "../../../config/virtual-addresses";
import { type GuestFirewall, judgeSource } from "../../../model/doctor/firewall";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { virtualAddresses } from "../../../model/vrrp/group";

/** A guest that is to send from addresses which are not its own. */
interface Sender {
  vmid: number;
  interface: string;
  addresses: string[];
  keepsConnections: boolean;
}

interface PairSettings {
  vip: string;
  vip6?: string;
  interface: string;
  drainSec: number;
  members: readonly { guest?: string | undefined; interface?: string | undefined }[];
}

/** Asks whether Proxmox's firewall lets the members that are there send from their virtual addresses. */
export async function checkFirewall(client: Proxmox, stack: StackConfig): Promise<CheckResult[]> {
  const senders = sendersOf(stack);
  if (senders.size === 0) return [];
  const whole = await client.get("/cluster/firewall/options", firewallOptions);
  if (!whole.enable) {
    return [resultsOf("firewall", "Proxmox").ok("it is off, and drops nothing that members send")];
  }
  const guests = await client.get("/cluster/resources", z.array(guestItem), { type: "vm" });
  const judged = [...senders].map(async ([name, sender]) => {
    const guest = guests.find(({ vmid }) => vmid === sender.vmid);
    if (!guest) return [];
    const path = `/nodes/${guest.node}/${guest.type}/${guest.vmid}`;
    try {
      const firewall = await read(client, path, sender.interface);
      return judgeSource(name, firewall, sender.addresses, sender.keepsConnections);
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      return [resultsOf("firewall", name).notChecked(error.message)];
    }
  });
  return (await Promise.all(judged)).flat();
}

async function read(client: Proxmox, path: string, device: string): Promise<GuestFirewall> {
  const [config, options, sets] = await Promise.all([
    client.get(`${path}/config`, guestConfigAnswer),
    client.get(`${path}/firewall/options`, firewallOptions),
    client.get(`${path}/firewall/ipset`, z.array(ipSetItem)),
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
  return {
    ...{ path, nets, enabled: options.enable ?? false, ipFilter: options.ipfilter ?? false },
    sets: Object.fromEntries(await Promise.all(entries)),
  };
}

function sendersOf(stack: StackConfig): Map<string, Sender> {
  const senders = new Map<string, Sender>();
  for (const { settings } of vrrpAddresses<PairSettings>(stack)) {
    for (const member of settings.members) {
      const { guest: name, interface: own = settings.interface } = member;
      const guest = name === undefined ? undefined : stack.guests[name];
      if (name === undefined || !guest) continue;
      const before = senders.get(name);
      senders.set(name, {
        vmid: guest.vmid,
        interface: own,
        addresses: [...(before?.addresses ?? []), ...virtualAddresses(settings)],
        keepsConnections: before?.keepsConnections === true || settings.drainSec > 0,
      });
    }
  }
  return senders;
}
