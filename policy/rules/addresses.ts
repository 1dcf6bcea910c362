import type { Finding } from "../../model/finding";
import type { AddressPlan } from "../../model/network/address-plan";
import { judgeAddresses } from "../../model/network/addresses";
import { judgeServicePools } from "../../model/network/pools";
import { addressOf } from "../../model/text";
import { addressPlan, type ObservedPlan, vrrpVips } from "../reading/address-plan";
import { networkOf } from "../reading/networks";
import { placeOf } from "../reading/resource";
import * as types from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const common = [
  ...types.vrrpComponents,
  ...types.carriers,
  ...types.containers,
  ...types.virtualMachines,
];

/** Two owners of one address answer in turn, and both seem to work. */
export const vipCollision: Rule = {
  name: "vip-collision",
  description: "A virtual address belongs to nothing else: no host, no other group, no pool.",
  severity: "mandatory",
  docs: docsPage("vip-collision"),
  types: [
    ...common,
    types.metalLbComponent,
    types.metalLbPool,
    ...types.ciliumPools,
    types.configMap,
    types.service,
    types.helmRelease,
    ...types.helmConfigs,
    ...types.workloads,
  ],
  resource: (resource) =>
    resource.type.startsWith("homelab:") ? judged("vip-collision", addressPlan([resource])) : [],
  stack: (resources) => {
    const reported = new Set(
      resources
        .filter((resource) => resource.type.startsWith("homelab:"))
        .flatMap((resource) => judged("vip-collision", addressPlan([resource])))
        .map(({ finding }) => finding.message),
    );
    const observed = addressPlan(resources);
    // With several sites, a cluster that nothing places may be in another one than these hosts.
    const unplaced = observed.pools.some(
      ({ path: [owner] }) => observed.owners[Number(owner)]?.site === undefined,
    );
    const several = resources.some(({ site }) => site !== undefined);
    const hosts = several && unplaced ? [] : observed.plan.hosts;
    return [
      ...judged("vip-collision", observed),
      ...located(judgeServicePools(observed.pools, hosts), observed.owners),
    ].filter(({ finding: { message } }) => {
      const known = reported.has(message);
      reported.add(message);
      return !known;
    });
  },
};

/** Groups with one router id on one segment take part in each other's elections. */
export const routerIdCollision: Rule = {
  name: "router-id-collision",
  description: "A virtual router id is used by one group only on a network segment.",
  severity: "mandatory",
  docs: docsPage("router-id-collision"),
  types: common,
  stack: (resources) => judged("router-id-collision", routerPlan(resources)),
};

/** One segment for each network that a virtual address is in. */
function routerPlan(resources: ObservedResource[]): ObservedPlan {
  const vips = onePerGroup(vrrpVips(resources).filter(({ excluded }) => !excluded));
  const networks = [...new Set(vips.map((vip) => networkOf(vip.address)))];
  const plan: AddressPlan = {
    segments: networks.map((cidr) => ({ name: cidr, cidr, pools: [] })),
    hosts: [],
    vips: vips.map(({ name, address, virtualRouterId }, index) => ({
      name,
      address: addressOf(address),
      virtualRouterId,
      path: [index],
      routerIdPath: [index],
    })),
  };
  return { plan, owners: vips.map((vip) => vip.resource), pools: [] };
}

/** A group with several addresses uses its router id once. */
function onePerGroup(vips: ReturnType<typeof vrrpVips>): ReturnType<typeof vrrpVips> {
  const key = (vip: (typeof vips)[number]) => `${vip.resource.urn} ${vip.virtualRouterId}`;
  return [...new Map(vips.map((vip) => [key(vip), vip])).values()];
}

function judged(rule: string, { plan, owners }: ObservedPlan): Located[] {
  return located(
    judgeAddresses(plan).filter((finding) => finding.rule === rule),
    owners,
  );
}

function located(findings: Finding[], owners: ObservedResource[]): Located[] {
  return findings.map((finding) => {
    const owner = owners[Number(finding.path[0])];
    return {
      finding,
      where: owner ? placeOf(owner) : "addresses of this stack",
      urn: owner?.urn,
    };
  });
}
