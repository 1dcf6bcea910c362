import { parse } from "yaml";
import type { Finding } from "../../model/finding";
import { judgeOrigin } from "../../model/network/origin";
import { entries, list, number, placeOf, text } from "../reading/resource";
import { configMap, tunnelComponent, tunnelConfigs } from "../reading/types";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const name = "tunnel-origin-address";

/** An address that moves takes every site behind the tunnel down; a Service name follows. */
export const tunnelOriginAddress: Rule = {
  name,
  description: "A tunnel's origin is a Service by name, never an address.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [tunnelComponent, ...tunnelConfigs, configMap],
  resource: (resource) => {
    if (resource.type === tunnelComponent) return origins(resource, "ingress", componentOrigin);
    if (resource.type === configMap) return inConfigMap(resource);
    return ["ingresses", "ingressRules"].flatMap((key) => origins(resource, key, rawOrigin));
  },
};

interface Origin {
  hostname?: string | undefined;
  service: string;
}

function judged(where: string, origin: Origin): Located[] {
  return judgeOrigin(origin.service).map((finding: Finding) => ({
    finding,
    where: origin.hostname === undefined ? where : `${where} (${origin.hostname})`,
  }));
}

function origins(
  resource: ObservedResource,
  key: string,
  read: (rule: unknown) => Origin | undefined,
): Located[] {
  const component = resource.type === tunnelComponent;
  const rules = component ? list(resource.props, key) : list(resource.props, "config", key);
  return rules.flatMap((rule, index) => {
    const origin = read(rule);
    const where = `${placeOf(resource)} ${component ? "" : "config."}${key}[${index}]`;
    return origin ? judged(where, origin) : [];
  });
}

function componentOrigin(rule: unknown): Origin | undefined {
  const service = text(rule, "origin", "service");
  const namespace = text(rule, "origin", "namespace");
  if (service === undefined || namespace === undefined) return undefined;
  const scheme = text(rule, "origin", "scheme") ?? "https";
  const port = number(rule, "origin", "port");
  return {
    hostname: text(rule, "hostname"),
    service: `${scheme}://${service}.${namespace}.svc${port === undefined ? "" : `:${port}`}`,
  };
}

function rawOrigin(rule: unknown): Origin | undefined {
  const service = text(rule, "service");
  return service === undefined ? undefined : { hostname: text(rule, "hostname"), service };
}

/** A locally managed tunnel keeps its rules in a ConfigMap, as the YAML that cloudflared reads. */
function inConfigMap(resource: ObservedResource): Located[] {
  return entries(resource.props, "data").flatMap(([file, content]) => {
    if (typeof content !== "string" || !/^ingress:/m.test(content)) return [];
    return list(parsed(content), "ingress").flatMap((rule, index) => {
      const origin = rawOrigin(rule);
      return origin ? judged(`${placeOf(resource)} ${file} ingress[${index}]`, origin) : [];
    });
  });
}

/** Some other program's file that only looks like YAML is none of this rule's business. */
function parsed(content: string): unknown {
  try {
    return parse(content);
  } catch {
    return undefined;
  }
}
