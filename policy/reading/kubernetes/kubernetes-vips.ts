import { membersOf } from "../../../model/keepalived/members";
import { type ConfReading, readConf } from "../../../model/keepalived/read";
import { isAddress } from "../../../model/network/address-ranges";
import { addressOf } from "../../../model/text";
import type { ObservedResource } from "../../rule";
import { entries, list, text } from "../resource";
import { configMap, workloads } from "../types";

/** A virtual address that a container of a cluster takes. */
export interface KubernetesVip {
  name: string;
  address: string;
  resource: ObservedResource;
}

/** A keepalived.conf that a ConfigMap holds. */
export interface KeepalivedInMap {
  resource: ObservedResource;
  /** Its key. */
  file: string;
  reading: ConfReading;
}

/** A line that is no comment and opens an instance. */
const marker = /^(?!\s*[#!]).*\bvrrp_instance\b/m;

/** Marks that something else replaces. */
const template = /\$\{?[A-Z_]+|\{\{|<%|\bsed_me\b/;

/**
 * The keepalived.conf files in ConfigMaps. One with template marks is filled in by something else
 * first, so what keepalived would make of it is not known.
 */
export function keepalivedInMaps(resources: ObservedResource[]): KeepalivedInMap[] {
  return resources
    .filter(({ type }) => type === configMap)
    .flatMap((resource) =>
      entries(resource.props, "data").flatMap(([file, content]) => {
        if (typeof content !== "string" || !marker.test(content)) return [];
        if (template.test(content)) return [];
        return [{ resource, file, reading: readConf(content) }];
      }),
    );
}

/** Whether a ConfigMap holds a keepalived.conf that is none yet. */
export function isTemplateInMap({ type, props }: ObservedResource): boolean {
  return (
    type === configMap &&
    entries(props, "data").some(
      ([, content]) =>
        typeof content === "string" && marker.test(content) && template.test(content),
    )
  );
}

/** Virtual addresses of keepalived and kube-vip that run as containers. */
export function kubernetesVips(resources: ObservedResource[]): KubernetesVip[] {
  const found = [
    ...keepalivedInMaps(resources).flatMap(({ resource, reading }) =>
      membersOf(reading).flatMap(({ vips }) =>
        vips.map((vip) => ({
          name: `keepalived of ${resource.name}`,
          address: addressOf(vip),
          resource,
        })),
      ),
    ),
    ...resources.flatMap(containerVips),
  ].filter(({ address }) => isAddress(address));
  // Each member of a group has a file, and each node a container, with the same address.
  return [...new Map(found.map((vip) => [vip.address, vip])).values()];
}

function containerVips(resource: ObservedResource): KubernetesVip[] {
  if (!workloads.some((type) => type === resource.type)) return [];
  return containersOf(resource).flatMap((container) => {
    const image = text(container, "image") ?? "";
    const values = (pattern: RegExp) =>
      list(container, "env").flatMap((variable) =>
        pattern.test(text(variable, "name") ?? "") ? [text(variable, "value") ?? ""] : [],
      );
    const addresses = /kube-vip/.test(image)
      ? values(/^(address|vip_address)$/)
      : /keepalived/.test(image)
        ? values(/^KEEPALIVED_VIRTUAL_IPS$/)
        : [];
    return addresses
      .flatMap((all) => all.split(/[\s,'"[\]]+/))
      .map((address) => ({ name: resource.name, address: addressOf(address), resource }));
  });
}

/** The containers of a pod or of what makes pods. */
export function containersOf({ props }: ObservedResource): unknown[] {
  return [
    ...list(props, "spec", "template", "spec", "containers"),
    ...list(props, "spec", "containers"),
  ];
}
