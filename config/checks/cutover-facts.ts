import { judgeCutover } from "../../model/cutover/findings";
import type { Consumer, CutoverFacts, FoundConsumer, TunnelRule } from "../../model/cutover/types";
import { controllerOf } from "../../model/kubernetes/ingress-controller";
import { behindStack, behindStackText } from "../../model/state-backend/behind-stack";
import { addressOf } from "../../model/text";
import type { Problem } from "../file/problem";
import { fromFinding } from "../file/problem";
import { type CutoverConfig, THIS_MACHINE } from "../sections/cutovers";
import { serviceName } from "../sections/kubernetes-ingress";
import type { StackConfig } from "../stack";
import { originAddress, type TunnelOriginConfig } from "../tunnel-origins";
import { type addressSections, sectionsOf } from "../virtual-addresses";
import { exposedBy } from "./exposed";

type Target = StackConfig["dns"][string]["to"];

/** The address behind a reference; undefined when it names nothing, which the reference check reports. */
function targetAddress(stack: StackConfig, to: Target): string | undefined {
  if (to.address !== undefined) return to.address;
  for (const { name, reference } of sectionsOf()) {
    const named = (to as Record<string, string | undefined>)[reference];
    const entries = stack[name as keyof typeof addressSections] as Record<string, object>;
    const found: { vip?: string; address?: string } | undefined =
      named === undefined ? undefined : entries[named];
    const address = found?.vip ?? found?.address;
    if (address !== undefined) return addressOf(address);
  }
  return undefined;
}

function targetOf(stack: StackConfig, { to }: CutoverConfig): CutoverFacts["to"] | undefined {
  const address = targetAddress(stack, to);
  if (address === undefined) return undefined;
  if (to.kubernetesIngress !== undefined) {
    return { address, what: `Kubernetes ingress "${to.kubernetesIngress}"`, byStack: true };
  }
  return to.traefikPair === undefined
    ? { address, what: address, byStack: false }
    : { address, what: `Traefik pair "${to.traefikPair}"`, byStack: false };
}

function consumersOf(stack: StackConfig, { consumers }: CutoverConfig): Consumer[] {
  return Object.entries(consumers).map(([name, consumer]): Consumer => {
    if (consumer.kind !== "dns") return { name, ...consumer };
    const { probe, ...rest } = consumer;
    return {
      name,
      ...rest,
      ttlSec: stack.dns[rest.record]?.ttlSec ?? 300,
      probe: probe ?? rest.record.replace(/^\*/, "cutover-check"),
    };
  });
}

/** Who leads to the old address, or to the new one, by what the rest of the stack states. */
function foundIn(stack: StackConfig, cutover: CutoverConfig, to: string): FoundConsumer[] {
  const { from } = cutover;
  const { kubernetesIngress: ingress } = cutover.to;
  const dns = Object.entries(stack.dns).flatMap(([key, record]): FoundConsumer[] => {
    const address = targetAddress(stack, record.to);
    return address === from || address === to
      ? [{ kind: "dns", key, why: `leads to ${address}` }]
      : [];
  });
  if (ingress === undefined) return dns;
  const tunnels = Object.entries(stack.tunnels).flatMap(([key, tunnel]): FoundConsumer[] => {
    const rule = tunnel.ingress.find(({ origin }) => origin.ingress === ingress);
    return rule ? [{ kind: "tunnel", key, why: `leads "${rule.hostname}" to ${ingress}` }] : [];
  });
  const allowed = stack.kubernetesIngress[ingress]?.allowlist ?? [];
  const why = "names networks that must not be banned once their own addresses are seen";
  return [
    ...dns,
    ...tunnels,
    ...(allowed.length > 0 ? [{ kind: "allowlist" as const, key: ingress, why }] : []),
  ];
}

function tunnelRules(stack: StackConfig, { to }: CutoverConfig): TunnelRule[] {
  const host = (origin: TunnelOriginConfig) => {
    const { ingress: name } = origin;
    if (name === undefined) return originAddress(stack, origin)?.host;
    const ingress = stack.kubernetesIngress[name];
    return ingress && `${serviceName(name, ingress)}.${ingress.namespace}.svc.cluster.local`;
  };
  return Object.entries(stack.tunnels).flatMap(([tunnel, { ingress }]) =>
    ingress.map(({ hostname, origin }) => ({
      tunnel,
      hostname,
      origin: `${origin.scheme}://${host(origin)}`,
      leads: origin.ingress !== undefined && origin.ingress === to.kubernetesIngress,
    })),
  );
}

/** What the planner needs of one cutover; undefined when it has no known target. */
export function cutoverFacts(stack: StackConfig, name: string): CutoverFacts | undefined {
  const cutover = stack.cutovers[name];
  const to = cutover && targetOf(stack, cutover);
  if (!cutover || !to) return undefined;
  const { from, variant, window, fromService, credentials, verify } = cutover;
  return {
    name,
    from,
    to,
    variant,
    stackPhase: cutover.phase,
    ...(window !== undefined && { window }),
    ...(fromService && { fromService }),
    shares: Object.entries(cutover.shares).map(([other, { ports }]) => ({ name: other, ports })),
    consumers: consumersOf(stack, cutover),
    found: foundIn(stack, cutover, to.address),
    credentials: Object.entries(credentials).map(([key, { at }]) => ({
      name: key,
      at: at === THIS_MACHINE ? undefined : at,
    })),
    stateBackend: cutover.stateBackend,
    windowTtlSec: cutover.windowTtlSec,
    dns: Object.entries(stack.dns).flatMap(([record, target]) => {
      const address = targetAddress(stack, target.to);
      return address === undefined ? [] : [{ record, address }];
    }),
    tunnels: tunnelRules(stack, cutover),
    pools: Object.entries(stack.cluster.segments).flatMap(([segment, { pools }]) =>
      Object.entries(pools).map(([pool, { kind, range, range6 }]) => ({
        ...{ name: `${segment}.${pool}`, kind, range },
        ...(range6 !== undefined && { range6 }),
      })),
    ),
    verify: { ...verify, http3: verify.http3 ?? (to.byStack && http3Of(stack, cutover)) },
  };
}

/** Whether the ingress that clients move to speaks HTTP/3. */
function http3Of(stack: StackConfig, { to }: StackConfig["cutovers"][string]): boolean {
  const ingress = stack.kubernetesIngress[to.kubernetesIngress ?? ""];
  return ingress === undefined || controllerOf(ingress).http3;
}

/** What forbids the cutovers of a stack to start. */
export function cutoverProblems(stack: StackConfig): Problem[] {
  return Object.entries(stack.cutovers).flatMap(([name, { to }]): Problem[] => {
    const given = Object.values(to).filter((value) => value !== undefined);
    if (given.length !== 1) {
      const message = `found ${given.length} targets, expected one of kubernetesIngress, traefikPair, address; keep one`;
      return [{ path: ["cutovers", name, "to"], message, severity: "error" }];
    }
    const facts = cutoverFacts(stack, name);
    if (!facts) return [];
    const found = judgeCutover(facts).map((finding) => fromFinding(["cutovers", name], finding));
    const path = ["cutovers", name, "stateBackend"];
    const behind = behindStack(facts.stateBackend, exposedBy(stack));
    // What this very cutover moves is said already, and better.
    if (!behind || found.some((one) => one.path.join() === path.join())) return found;
    return [...found, { path, message: behindStackText(behind), severity: "error" }];
  });
}
