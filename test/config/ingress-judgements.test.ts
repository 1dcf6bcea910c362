import { expect, test } from "vitest";
import { cutoverFacts } from "../../config/checks/cutover-facts";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { resolveStack } from "../../config/resolve";
import { put, stackData } from "../support/clusters/stacks";

const ingress = ["kubernetesIngress", "traefik-lb"];
const cutover = ["cutovers", "traefik-own-address"];

/** The homelab stack with some values changed; `undefined` takes one out. */
function changed(...changes: [path: string[], value: unknown][]) {
  const data = stackData("homelab");
  for (const [path, value] of changes) put(data, path, value);
  return parseStack(data);
}

const reported = (...changes: [path: string[], value: unknown][]) => {
  const parsed = changed(...changes);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};

test("rejects the name of the chart's Service without the variant that reads it", () => {
  expect(reported([[...ingress, "chartService"], "traefik"])).toMatchInlineSnapshot(`
    [
      "homelab:kubernetesIngress.traefik-lb.chartService: found "traefik", which only the variant chart reads; remove it, or write variant: chart",
    ]
  `);
});

test("rejects an additive move to the Service that has the old address", () => {
  expect(reported([[...ingress, "variant"], "chart"])).toMatchInlineSnapshot(`
    [
      "homelab:cutovers.traefik-own-address.variant: found additive, but "traefik-lb" is the chart's own Service (variant: chart), which has one address at a time; write variant: in-place here, or variant: beside in homelab:kubernetesIngress.traefik-lb",
    ]
  `);
});

test("a tunnel leads to the chart's own Service where that has the address", () => {
  const origins = (...changes: [path: string[], value: unknown][]) => {
    const { stack } = changed([cutover, undefined], ...changes);
    const tunnels = stack ? Object.values(resolveStack(stack).tunnels) : [];
    return tunnels.flatMap((tunnel) =>
      tunnel.ingress.map(({ origin }) => `${origin.service}.${origin.namespace}`),
    );
  };
  expect(new Set(origins())).toEqual(new Set(["traefik-lb.traefik"]));
  const chart: [string[], unknown] = [[...ingress, "variant"], "chart"];
  expect(new Set(origins(chart))).toEqual(new Set(["traefik.traefik"]));
  const named: [string[], unknown] = [[...ingress, "chartService"], "edge"];
  expect(new Set(origins(chart, named))).toEqual(new Set(["edge.traefik"]));
});

test("a cutover to a controller without HTTP/3 does not ask for it, and may not", () => {
  const to: [string[], unknown][] = [
    [[...ingress, "controller"], "ingress-nginx"],
    [[...ingress, "selector"], undefined],
  ];
  const { stack } = changed(...to);
  if (!stack) throw new Error("refused");
  const facts = cutoverFacts(stack, "traefik-own-address");
  expect(facts?.verify.http3).toBe(false);
  expect(reported(...to, [[...cutover, "verify", "http3"], true])).toMatchInlineSnapshot(`
    [
      "homelab:cutovers.traefik-own-address.verify.http3: found true, but the controller of "traefik-lb" is ingress-nginx, whose Service takes no UDP 443; remove it",
    ]
  `);
});
