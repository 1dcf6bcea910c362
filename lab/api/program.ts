import { KeepalivedLb } from "../../components/keepalived-lb";
import type { VrrpProfile } from "../../model/vrrp/vrrp";
import type { HostPlan, LabHost } from "../machine/host";
import { VIP } from "../machine/network";
import { membersOf } from "../pair/pair";
import { API_PORT, LOAD_BALANCERS } from "./hosts";

/** User of the statistics page. */
export const STATS_USER = "stats";

/** What the API lab's program may vary from one `pulumi up` to the next. */
export interface ApiProgram {
  profile: VrrpProfile;
  hosts: readonly LabHost[];
  masters: readonly HostPlan[];
  privateKey: string;
  /** PEM text of the cluster's authority. */
  caCertificate: string;
  statsPassword: string;
  /** Networks that may see the statistics; a change of them is a change of haproxy.cfg alone. */
  management: readonly string[];
}

/** The Pulumi program: the component as any stack uses it. */
export function apiProgram(plan: ApiProgram): Record<string, unknown> {
  const balancers = new KeepalivedLb(LOAD_BALANCERS, {
    vip: VIP,
    interface: "host0",
    virtualRouterId: 78,
    profile: plan.profile,
    members: membersOf(plan.profile, plan.hosts),
    port: API_PORT,
    masters: plan.masters.map(({ name, address }, index) => ({
      name,
      address,
      node: `node-${index + 1}`,
    })),
    caCertificate: plan.caCertificate,
    management: [...plan.management],
    stats: { user: STATS_USER },
    statsPassword: plan.statsPassword,
    ssh: { user: "root", port: 22, privateKey: plan.privateKey },
  });
  return { address: balancers.address, certificateSans: balancers.certificateSans };
}
