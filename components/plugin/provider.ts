import type * as pulumi from "@pulumi/pulumi";
import type { Provider } from "@pulumi/pulumi/provider";
import { HaGroup } from "../ha-group";
import { KeepalivedLb } from "../keepalived-lb";
import { MetalLbService } from "../metallb-service";
import { ServicePair } from "../service-pair";
import { TraefikHaPair } from "../traefik-ha-pair";
import { TunnelIngress } from "../tunnel-ingress";

type Construct = (name: string, inputs: never, opts: pulumi.ComponentResourceOptions) => object;

const components: Readonly<Record<string, Construct>> = {
  HaGroup: (name, inputs, opts) => new HaGroup(name, inputs, opts),
  KeepalivedLb: (name, inputs, opts) => new KeepalivedLb(name, inputs, opts),
  MetalLbService: (name, inputs, opts) => new MetalLbService(name, inputs, opts),
  ServicePair: (name, inputs, opts) => new ServicePair(name, inputs, opts),
  TraefikHaPair: (name, inputs, opts) => new TraefikHaPair(name, inputs, opts),
  TunnelIngress: (name, inputs, opts) => new TunnelIngress(name, inputs, opts),
};

/** What the plugin needs of a schema of Pulumi. */
interface Schema {
  name: string;
  version: string;
  resources: Record<string, { properties?: Record<string, unknown> }>;
}

/** The six components for any language of Pulumi. */
export function componentProvider(schemaText: string): Provider {
  const schema = JSON.parse(schemaText) as Schema;
  return {
    version: schema.version,
    schema: schemaText,
    construct: async (name, type, inputs, opts) => {
      const known = schema.resources[type];
      const make = components[type.split(":").at(-1) ?? ""];
      if (known === undefined || make === undefined) {
        const all = Object.keys(schema.resources).sort().join(", ");
        throw new Error(`found no component "${type}", expected one of ${all}; correct the type`);
      }
      const made = make(name, inputs as never, opts) as Record<string, unknown> & { urn: string };
      const state = Object.keys(known.properties ?? {}).map((key) => [key, made[key]]);
      return { urn: made.urn, state: Object.fromEntries(state) };
    },
  };
}
