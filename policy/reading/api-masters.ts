import { judgeMasterPlacement, type PlacedMaster } from "../../model/haproxy/api-masters";
import { apiBackends } from "../../model/haproxy/api-servers";
import { isHaproxyConf } from "../../model/haproxy/conf";
import type { Located, ObservedResource } from "../rule";
import { carriedTexts } from "./deployed";
import { placeOf } from "./resource";
import { carriers } from "./types";
import { hostsOf } from "./vrrp-groups";

/**
 * API servers behind an HAProxy of which so many are guests on one node that its death leaves etcd no
 * majority. A server whose node is not known counts as one elsewhere.
 */
export function mastersOnOneNode(resources: ObservedResource[]): Located[] {
  const hosts = hostsOf(resources);
  // The members of a load balancer have the same file.
  const told = new Set<string>();
  return resources.flatMap((resource) => {
    if (!carriers.some((type) => type === resource.type)) return [];
    return carriedTexts(resource)
      .filter(isHaproxyConf)
      .flatMap(apiBackends)
      .flatMap(({ servers }) => {
        const masters = servers
          .filter(({ standby }) => !standby)
          .map(({ name, host }): PlacedMaster => {
            const found = hosts.find(host);
            return { name: found?.name ?? name, node: found?.node ?? `unknown node of ${name}` };
          });
        return judgeMasterPlacement(masters, "error");
      })
      .filter(({ message }) => !told.has(message) && told.add(message))
      .map((finding) => ({
        finding: { ...finding, rule: "pair-on-one-node" },
        where: placeOf(resource),
        urn: resource.urn,
      }));
  });
}
