import { expect, test } from "vitest";
import { cutoverFacts } from "../../config/checks/cutover-facts";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { resolveStack } from "../../config/resolve";
import { cutoverPhases } from "../../model/cutover/phases";
import { put, stackData } from "../support/clusters/stacks";
import { firstAttempt } from "../support/cutover/first-attempt";

function errorsOf(damage: (data: Record<string, unknown>) => void): string[] {
  const data = stackData("homelab");
  damage(data);
  const parsed = parseStack(data);
  return parsed.stack ? [] : parsed.problems.map(problemText);
}

function soundStack(change: (data: Record<string, unknown>) => void = () => {}) {
  const data = stackData("homelab");
  change(data);
  const { stack } = parseStack(data);
  if (!stack) throw new Error("the stack is refused");
  return stack;
}

const MOVE = ["cutovers", "traefik-own-address"];

test("rejects the owner's first attempt with all its reasons in one run", () => {
  expect(errorsOf(firstAttempt)).toMatchInlineSnapshot(`
    [
      "homelab:tunnels.viktorbarzin-me.ingress[0].origin: found "https://10.0.20.200:443", expected a reference, because an address stops answering when what has it moves; write e.g. { ingress: traefik-lb } with a name of homelab:kubernetesIngress, or { guest: nas, port: 5000, scheme: http }",
      "homelab:cutovers.traefik-own-address.consumers: DNS record "*.viktorbarzin.me" leads to 10.0.20.200, and is missing from the plan; add { kind: dns, record: "*.viktorbarzin.me", servers: […], step: …, undo: … }",
      "homelab:cutovers.traefik-own-address.consumers: allowlist of "traefik-lb" names networks that must not be banned once their own addresses are seen, and is missing from the plan; add { kind: allowlist, at: …, step: …, undo: … }",
      "homelab:cutovers.traefik-own-address.credentials.dns-password.at: credential "dns-password" is at vault.viktorbarzin.me, which homelab:dns leads to 10.0.20.200 by "*.viktorbarzin.me", which this cutover moves, so it cannot be read when it is needed most; copy it to a place that does not move, such as a password manager, and name that, or write this-machine",
      "homelab:cutovers.traefik-own-address.stateBackend: the state backend is at 10.0.20.200 itself (port 5432, "postgresql", which shares it), which this cutover moves, so an update could cut off its own state and leave it locked; move the state first (\`pulumi stack export\`, \`pulumi login\` elsewhere, \`pulumi stack import\`) and name that, e.g. file://~",
    ]
  `);
});

test("rejects tunnels, records and allowlists that the plan does not have", () => {
  expect(
    errorsOf((data) => {
      put(data, [...MOVE, "consumers", "tunnel"], undefined);
      put(data, [...MOVE, "consumers", "apex"], undefined);
      put(data, [...MOVE, "consumers", "crowdsec"], undefined);
      put(data, ["cutovers", "traefik-pair-dns", "consumers", "everything-else"], undefined);
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cutovers.traefik-own-address.consumers: DNS record "viktorbarzin.me" leads to 10.0.20.203, and is missing from the plan; add { kind: dns, record: "viktorbarzin.me", servers: […], step: …, undo: … }",
      "homelab:cutovers.traefik-own-address.consumers: tunnel "viktorbarzin-me" leads "*.viktorbarzin.me" to traefik-lb, and is missing from the plan; add { kind: tunnel, tunnel: viktorbarzin-me }",
      "homelab:cutovers.traefik-own-address.consumers: allowlist of "traefik-lb" names networks that must not be banned once their own addresses are seen, and is missing from the plan; add { kind: allowlist, at: …, step: …, undo: … }",
      "homelab:cutovers.traefik-pair-dns.consumers: DNS record "*.internal.lakehouse.wtf" leads to 192.168.1.110, and is missing from the plan; add { kind: dns, record: "*.internal.lakehouse.wtf", servers: […], step: …, undo: … }",
    ]
  `);
});

test("rejects typing mistakes, each with what was meant", () => {
  expect(
    errorsOf((data) => {
      put(data, [...MOVE, "consumers", "tunnel", "tunnel"], "viktorbarzin-mee");
      put(data, [...MOVE, "consumers", "apex", "recrd"], "viktorbarzin.me");
      put(data, [...MOVE, "consumers", "port-forward", "kind"], "firewallalias");
      put(data, [...MOVE, "to"], { kubernetesIngress: "traefik" });
      put(data, [...MOVE, "stateBackend"], "postgres://state:hunter2@10.0.20.9/infra");
      put(data, [...MOVE, "variant"], "inplace");
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cutovers.traefik-own-address.variant: found "inplace", expected one of additive, in-place; write in-place",
      "homelab:cutovers.traefik-own-address.consumers.apex.recrd: unknown key "recrd"; "record" is there already; remove one of them",
      "homelab:cutovers.traefik-own-address.consumers.port-forward.kind: found "firewallalias", expected one of tunnel, dns, firewallAlias, allowlist, monitor, stateBackend, secret, other; change it",
      "homelab:cutovers.traefik-own-address.stateBackend: contains a password (not shown here); leave it out and give it in the environment, e.g. PGPASSWORD",
      "homelab:cutovers.traefik-own-address.to.kubernetesIngress: there is no Kubernetes ingress "traefik" in homelab:kubernetesIngress; did you mean "traefik-lb"?",
      "homelab:cutovers.traefik-own-address.consumers.tunnel.tunnel: there is no tunnel "viktorbarzin-mee" in homelab:tunnels; did you mean "viktorbarzin-me"?",
    ]
  `);
});

test("rejects two targets, and none", () => {
  expect(
    errorsOf((data) => {
      put(data, [...MOVE, "to", "address"], "10.0.20.204");
      put(data, ["cutovers", "traefik-pair-dns", "to"], {});
    }),
  ).toMatchInlineSnapshot(`
    [
      "homelab:cutovers.traefik-own-address.to: found 2 targets, expected one of kubernetesIngress, traefikPair, address; keep one",
      "homelab:cutovers.traefik-pair-dns.to: found 0 targets, expected one of kubernetesIngress, traefikPair, address; keep one",
    ]
  `);
});

test("what the stack contains follows the phase: Service, then tunnel", () => {
  const at = (phase: string) => {
    const { kubernetesIngress, tunnels } = resolveStack(
      soundStack((data) => put(data, [...MOVE, "phase"], phase)),
    );
    const services = Object.values(kubernetesIngress).map(({ address }) => address);
    const origins = tunnels["viktorbarzin-me"]?.ingress.map(({ origin }) => origin.service);
    return { services, origin: origins?.[0] };
  };
  expect(at("before")).toEqual({ services: [], origin: "traefik" });
  expect(at("service")).toEqual({ services: ["10.0.20.203"], origin: "traefik" });
  expect(at("moved")).toEqual({ services: ["10.0.20.203"], origin: "traefik-lb" });
});

test("in place, the Service has the old address until its phase", () => {
  const at = (phase: string) => {
    const stack = soundStack((data) => {
      put(data, [...MOVE, "phase"], phase);
      put(data, [...MOVE, "variant"], "in-place");
      put(data, [...MOVE, "window"], "sunday 02:00-02:30");
    });
    const { kubernetesIngress, tunnels } = resolveStack(stack);
    const origin = tunnels["viktorbarzin-me"]?.ingress[0]?.origin.service;
    return [kubernetesIngress["traefik-lb"]?.address, origin];
  };
  expect(at("before")).toEqual(["10.0.20.200", "traefik-lb"]);
  expect(at("service")).toEqual(["10.0.20.203", "traefik-lb"]);
});

test("the move to the pair's address goes by stages: the dashboard, then the wildcard", () => {
  const facts = cutoverFacts(soundStack(), "traefik-pair-dns");
  const phases = facts ? cutoverPhases(facts) : [];
  expect(phases.filter(({ id }) => id.startsWith("dns")).map(({ id, what }) => [id, what])).toEqual(
    [
      ["dns-1", "grafana.internal.lakehouse.wtf leads to 192.168.1.101"],
      ["dns-2", "*.internal.lakehouse.wtf leads to 192.168.1.101"],
    ],
  );
});
