import { createHash } from "node:crypto";
import type { Problem, ResourceModel } from "../model";
import { isRecord, known, type Props, record, text } from "../props";
import type { Tunnel, World } from "../world";
import { cloudflareDns } from "./dns";

const epoch = "2024-01-01T00:00:00Z";

/** Tunnel ids are UUIDs; made from a counter here, so that no two are alike. */
function uuid(serial: number): string {
  const hex = createHash("sha256").update(`tunnel ${serial}`).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** An id of the state, or `<account>/<id>` of an import (terraform-provider-cloudflare, `ImportState`). */
function ownId(id: string): string {
  return id.split("/").at(-1) ?? id;
}

function tunnelOutputs(tunnel: Tunnel): Props {
  return {
    accountId: tunnel.accountId,
    accountTag: tunnel.accountId,
    configSrc: tunnel.configSrc,
    connections: [],
    createdAt: epoch,
    metadata: "{}",
    name: tunnel.name,
    remoteConfig: tunnel.configSrc === "cloudflare",
    status: "inactive",
    tunType: "cfd_tunnel",
  };
}

const tunnelModel: ResourceModel = {
  importError: "failed to make http request",
  inputs: ["accountId", "configSrc", "name", "tunnelSecret"],
  // terraform-provider-cloudflare, zero_trust_tunnel_cloudflared/schema.go
  replaceOn: ["accountId", "configSrc"],
  compareWith: "state",
  create(inputs, { world }) {
    const [accountId, name] = [text(inputs, "accountId"), text(inputs, "name")];
    refuseTakenName(world, accountId, name);
    const id = uuid(world.nextSerial());
    const configSrc = text(inputs, "configSrc") || "local";
    const tunnel = { id, accountId, name, configSrc };
    world.change((state) => {
      state.cloudflare.tunnels[id] = tunnel;
    });
    return { id, outputs: { ...tunnelOutputs(tunnel), ...inputs } };
  },
  read(id, state, { world }) {
    const tunnel = world.state.cloudflare.tunnels[ownId(id)];
    // The secret is never given back.
    const secret = state.tunnelSecret === undefined ? {} : { tunnelSecret: state.tunnelSecret };
    return tunnel && { id: tunnel.id, outputs: { ...tunnelOutputs(tunnel), ...secret } };
  },
  update(id, inputs, before, { world }) {
    const name = text(inputs, "name");
    if (name !== text(before, "name")) refuseTakenName(world, text(inputs, "accountId"), name);
    return world.change((state) => {
      const tunnel = state.cloudflare.tunnels[id];
      if (tunnel === undefined) throw new Error(notFound);
      tunnel.name = name;
      return { ...tunnelOutputs(tunnel), ...inputs };
    });
  },
  delete(id, _state, { world, faults }) {
    if (faults.tunnelStays) return;
    world.change((state) => {
      delete state.cloudflare.tunnels[id];
    });
  },
};

const notFound =
  '404 Not Found {"success":false,"errors":[{"code":1002,"message":"Tunnel not found"}]}';

/** The name of a tunnel is unique in its account (developers.cloudflare.com, "Create a Cloudflare Tunnel": 409). */
function refuseTakenName(world: World, accountId: string, name: string): void {
  const taken = Object.values(world.state.cloudflare.tunnels).some(
    (tunnel) => tunnel.accountId === accountId && tunnel.name === name,
  );
  if (!taken) return;
  throw new Error(
    '409 Conflict {"success":false,"errors":[{"code":1013,"message":"You already have a tunnel with this name."}]}',
  );
}

const tunnelConfig: ResourceModel = {
  importError: "failed to make http request",
  inputs: ["accountId", "config", "source", "tunnelId"],
  replaceOn: ["accountId", "tunnelId"],
  compareWith: "state",
  problems: (inputs) => ingressProblems(record(inputs, "config")),
  create(inputs, { world }) {
    const id = text(inputs, "tunnelId");
    return { id, outputs: putConfig(world, id, inputs) };
  },
  read(id, state, { world }) {
    const tunnel = world.state.cloudflare.tunnels[ownId(id)];
    if (tunnel?.config === undefined) return undefined;
    const outputs = { ...state, accountId: tunnel.accountId, config: tunnel.config };
    return { id: tunnel.id, outputs: { ...outputs, tunnelId: tunnel.id } };
  },
  update: (id, inputs, _before, { world }) => putConfig(world, id, inputs),
  // There is no call that deletes a configuration (terraform-provider-cloudflare, zero_trust_tunnel_cloudflared_config/resource.go `Delete`).
  delete() {},
};

function putConfig(world: World, id: string, inputs: Props): Props {
  return world.change((state) => {
    const tunnel = state.cloudflare.tunnels[id];
    if (tunnel === undefined) throw new Error(notFound);
    tunnel.config = record(inputs, "config");
    return { ...inputs, createdAt: epoch, version: 1 };
  });
}

/** What cloudflared and the API refuse (cloudflared, ingress/ingress.go `validateIngress`). */
function ingressProblems(config: Props): Problem[] {
  const rules = config.ingresses;
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule, index) => {
    if (!isRecord(rule) || !known(rule.hostname)) return [];
    const problem = (reason: string) => [{ property: `config.ingresses[${index}]`, reason }];
    const catchAll = rule.hostname === undefined || rule.hostname === "" || rule.hostname === "*";
    if (index === rules.length - 1) {
      return catchAll || rule.path !== undefined
        ? []
        : problem(
            "The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)",
          );
    }
    return catchAll && rule.path === undefined
      ? problem(
          `Rule #${index + 1} is matching the hostname '', but this will match every hostname, meaning the rules which follow it will never be triggered.`,
        )
      : [];
  });
}

/** What a connector needs to run a tunnel: base64 of account, tunnel and secret. */
export function tunnelToken(accountId: string, id: string): string {
  return Buffer.from(JSON.stringify({ a: accountId, t: id, s: "simulated" })).toString("base64");
}

/** Resource types of the Cloudflare provider that are simulated. */
export const cloudflareModels: Record<string, ResourceModel> = {
  "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": tunnelModel,
  "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig":
    tunnelConfig,
  ...cloudflareDns.models,
};

/** Functions of the Cloudflare provider that are simulated. */
export const cloudflareFunctions: Record<string, (args: Props, world: World) => Props> = {
  ...cloudflareDns.functions,
  "cloudflare:index/getZeroTrustTunnelCloudflareds:getZeroTrustTunnelCloudflareds": (
    args,
    world,
  ) => ({
    ...args,
    results: Object.values(world.state.cloudflare.tunnels)
      .filter((tunnel) => tunnel.accountId === args.accountId)
      .filter((tunnel) => args.name === undefined || tunnel.name === args.name)
      .map((tunnel) => ({ id: tunnel.id, ...tunnelOutputs(tunnel) })),
  }),
  "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": (
    args,
    world,
  ) => {
    const id = text(args, "tunnelId");
    // In a preview the id of a new tunnel is not known yet, and the engine asks only when it is.
    if (world.state.cloudflare.tunnels[id] === undefined) throw new Error(notFound);
    return { ...args, token: tunnelToken(text(args, "accountId"), id) };
  },
};
