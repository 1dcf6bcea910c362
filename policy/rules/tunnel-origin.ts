import type { Finding } from "../../model/finding";
import { hostText } from "../../model/network/address";
import { isAddress, rangeContains } from "../../model/network/address-ranges";
import {
  judgeOrigin,
  judgeOriginForm,
  originAddress,
  shownOrigin,
} from "../../model/network/origin";
import { addressPlan, type ObservedPlan } from "../reading/address-plan";
import { cloudflaredFiles } from "../reading/cloudflared";
import { list, number, placeOf, text } from "../reading/resource";
import {
  carriers,
  configMap,
  metalLbComponent,
  metalLbPool,
  secret,
  service,
  tunnelComponent,
  tunnelConfigs,
  vrrpComponents,
} from "../reading/types";
import { docsPage, type ObservedResource, type Rule } from "../rule";

const name = "tunnel-origin-address";

/** An address that moves takes every site behind the tunnel down; a Service name follows. */
export const tunnelOriginAddress: Rule = {
  name,
  description: "A tunnel's origin is no address that can move or that a Service has.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [
    tunnelComponent,
    ...tunnelConfigs,
    configMap,
    secret,
    service,
    metalLbComponent,
    metalLbPool,
    ...vrrpComponents,
    ...carriers,
  ],
  advises: true,
  resource: (resource) =>
    originsOf(resource).flatMap(({ where, origin }) => {
      // A Service of our own component has a name; whatever else stands there is a mistake.
      const isService = resource.type === tunnelComponent && !origin.host;
      const judge = isService ? judgeOrigin : judgeOriginForm;
      return judge(origin.service).map((finding) => ({ finding, where }));
    }),
  stack: (resources) => {
    const plan = addressPlan(resources);
    // The component's child carries the same rules without their references.
    const followed = new Set(
      resources
        .filter(({ type }) => type === tunnelComponent)
        .flatMap(originsOf)
        .flatMap(({ origin }) => (origin.follows ? [origin.service] : [])),
    );
    return resources.flatMap((resource) =>
      originsOf(resource).flatMap(({ where, origin }) => {
        const own = resource.type === tunnelComponent;
        // What follows was taken from the address's owner, and changes with it.
        if (own && (!origin.host || origin.follows)) return [];
        if (!own && followed.has(origin.service)) return [];
        const address = originAddress(origin.service);
        const finding =
          address === undefined
            ? undefined
            : judgedAddress({ resource, resources, plan, address, origin });
        return finding ? [{ finding, where, urn: resource.urn }] : [];
      }),
    );
  },
};

/** An origin that is an address, with everything that tells whose it is. */
interface AddressOrigin {
  resource: ObservedResource;
  resources: ObservedResource[];
  plan: ObservedPlan;
  address: string;
  origin: Origin;
}

/**
 * An address is right for a host that nothing moves: a NAS, a container, a printer. It is a hazard
 * where a Service has it, where it is virtual, or where a pool may hand it out.
 */
function judgedAddress(seen: AddressOrigin): Finding | undefined {
  const { resource, resources, plan, address, origin } = seen;
  const shown = `the tunnel origin "${shownOrigin(origin.service)}"`;
  const [scheme = "https"] = origin.service.split("://");
  const inCluster = resource.type === configMap || resource.type === secret;
  const found = (severity: Finding["severity"], message: string, fix: string): Finding => ({
    rule: name,
    path: [],
    message: `${shown} ${message}`,
    fix,
    severity,
  });
  if (/^(127\.|::1$)/.test(address)) {
    if (!inCluster) return undefined;
    return found("warning", "is the pod itself", `use ${scheme}://<service>.<namespace>.svc`);
  }
  const owner = plan.plan.vips.find((vip) => vip.address === address);
  if (owner) {
    const holder = plan.owners[Number(owner.path[0])];
    const isService = holder?.type === service || holder?.type === metalLbComponent;
    return isService
      ? found(
          "error",
          `is the address of the Service "${owner.name}", expected its name, which stays when the address moves`,
          `use ${scheme}://${serviceName(holder)}`,
        )
      : found(
          "error",
          `is the virtual address of ${owner.name}, which a tunnel does not follow when it is renumbered`,
          "let the tunnel use a name that you move together with the address",
        );
  }
  const pool = plan.plan.segments
    .flatMap(({ pools }) => pools)
    .find(({ range }) => isAddress(address) && rangeContains(range, address));
  if (pool) {
    return found(
      "error",
      `is in the pool ${pool.name}, from which a Service may get it at any time`,
      `use ${scheme}://<service>.<namespace>.svc`,
    );
  }
  const kubernetes = inCluster || resources.some(({ type }) => type === service);
  if (!kubernetes) return undefined;
  return found(
    "warning",
    "is an address: right for a host that stays, wrong for a Service or a load balancer",
    `use ${scheme}://<service>.<namespace>.svc where a Service is behind it`,
  );
}

function serviceName({ name: resourceName, props }: ObservedResource): string {
  const own = text(props, "metadata", "name") ?? text(props, "name") ?? resourceName;
  const namespace =
    text(props, "metadata", "namespace") ?? text(props, "namespace") ?? "<namespace>";
  return `${own}.${namespace}.svc`;
}

interface Origin {
  hostname?: string | undefined;
  service: string;
  /** Whether our own component leads to a host instead of a Service. */
  host?: boolean;
  /** Whether its address was taken from what has it. */
  follows?: boolean;
}

/** An origin and its place in words. */
interface PlacedOrigin {
  where: string;
  origin: Origin;
}

function originsOf(resource: ObservedResource): PlacedOrigin[] {
  if (resource.type === tunnelComponent) return origins(resource, "ingress", componentOrigin);
  if (resource.type === configMap || resource.type === secret) return inFiles(resource);
  if (!tunnelConfigs.some((type) => type === resource.type)) return [];
  return ["ingresses", "ingressRules"].flatMap((key) => origins(resource, key, rawOrigin));
}

function placed(where: string, origin: Origin | undefined): PlacedOrigin[] {
  if (!origin) return [];
  return [
    { origin, where: origin.hostname === undefined ? where : `${where} (${origin.hostname})` },
  ];
}

function origins(
  resource: ObservedResource,
  key: string,
  read: (rule: unknown) => Origin | undefined,
): PlacedOrigin[] {
  const component = resource.type === tunnelComponent;
  const rules = component ? list(resource.props, key) : list(resource.props, "config", key);
  return rules.flatMap((rule, index) =>
    placed(`${placeOf(resource)} ${component ? "" : "config."}${key}[${index}]`, read(rule)),
  );
}

function componentOrigin(rule: unknown): Origin | undefined {
  const service = text(rule, "origin", "service");
  const namespace = text(rule, "origin", "namespace");
  const host = text(rule, "origin", "host");
  const scheme = text(rule, "origin", "scheme") ?? "https";
  const port = number(rule, "origin", "port");
  if (host !== undefined) {
    return {
      hostname: text(rule, "hostname"),
      service: `${scheme}://${hostText(host)}${port === undefined ? "" : `:${port}`}`,
      host: true,
      follows: text(rule, "origin", "follows") !== undefined,
    };
  }
  if (service === undefined || namespace === undefined) return undefined;
  return {
    hostname: text(rule, "hostname"),
    service: `${scheme}://${service}.${namespace}.svc${port === undefined ? "" : `:${port}`}`,
  };
}

function rawOrigin(rule: unknown): Origin | undefined {
  const service = text(rule, "service");
  return service === undefined ? undefined : { hostname: text(rule, "hostname"), service };
}

/** A locally managed tunnel keeps its rules in a ConfigMap or a Secret, as cloudflared reads them. */
function inFiles(resource: ObservedResource): PlacedOrigin[] {
  return cloudflaredFiles(resource).flatMap(({ file, config }) =>
    list(config, "ingress").flatMap((rule, index) =>
      placed(`${placeOf(resource)} ${file} ingress[${index}]`, rawOrigin(rule)),
    ),
  );
}
