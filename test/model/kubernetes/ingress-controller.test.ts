import { expect, test } from "vitest";
import {
  judgeController,
  judgeK3sPackaged,
  type StatedIngress,
  targetPortsOf,
} from "../../../model/kubernetes/ingress-controller";
import { judgeTrafficPolicy, trafficPolicyOf } from "../../../model/network/pools";

const said = (stated: Partial<StatedIngress>) =>
  judgeController({ variant: "beside", ...stated }).map(
    ({ severity, path, message, fix }) => `${severity} ${path.join(".")}: ${message}; ${fix}`,
  );
const nginx = { "app.kubernetes.io/name": "ingress-nginx" };

test("what does not fit the controller is refused or named", () => {
  const cases: Record<string, Partial<StatedIngress>> = {
    "labels of another controller": { selector: nginx },
    "more than the controller's pods": { controller: "ingress-nginx", selector: nginx },
    "no label": { selector: {} },
    "an unknown one without labels": { controller: "other" },
    "an unknown one's own Service": { controller: "other", selector: nginx, variant: "chart" },
    "a Service beside Cilium's": { controller: "cilium" },
    "labels with Cilium": { controller: "cilium", variant: "chart", selector: nginx },
  };
  expect(
    Object.fromEntries(Object.entries(cases).map(([what, stated]) => [what, said(stated)])),
  ).toMatchInlineSnapshot(`
    {
      "a Service beside Cilium's": [
        "error variant: found beside, but Cilium's ingress answers in Envoy on every node, and its Service has no pods that another one could select; write variant: chart",
      ],
      "an unknown one without labels": [
        "error selector: missing, and the labels of a controller that is not listed are not known; give the labels of the controller's pods",
      ],
      "an unknown one's own Service": [
        "error chartService: missing, and the name of the own Service of a controller that is not listed is not known; state it, or write variant: beside",
      ],
      "labels of another controller": [
        "warning selector: found the label app.kubernetes.io/name: ingress-nginx, which is that of ingress-nginx, but the controller is Traefik, so its ports and Helm values do not fit; write controller: ingress-nginx",
      ],
      "labels with Cilium": [
        "error selector: found labels, but Cilium's ingress has no pods; remove it",
      ],
      "more than the controller's pods": [
        "warning selector: found no app.kubernetes.io/component, so pods of the default back end would get requests as well; add app.kubernetes.io/component: controller",
      ],
      "no label": [
        "error selector: found no label, expected at least one; give the labels of the controller's pods",
      ],
    }
  `);
});

test.each<Partial<StatedIngress>>([
  {},
  { controller: "ingress-nginx" },
  { controller: "haproxy-ingress", variant: "chart" },
  { controller: "cilium", variant: "chart" },
  { controller: "other", selector: { app: "caddy" } },
  { controller: "other", selector: { app: "caddy" }, variant: "chart", chartService: "caddy" },
  { selector: { app: "edge" } },
])("nothing is said of %o", (stated) => {
  expect(said(stated)).toEqual([]);
});

test("ports follow the controller, one by one where one is stated", () => {
  expect(targetPortsOf({ variant: "beside" })).toEqual({ web: 8000, websecure: 8443 });
  const stated = { controller: "ingress-nginx", variant: "beside" } as const;
  expect(targetPortsOf({ ...stated, targetPorts: { web: 8080 } })).toEqual({
    web: 8080,
    websecure: 443,
  });
});

test.each([
  {
    controller: "ingress-nginx",
    namespace: "ingress-nginx",
    disabled: [],
    missing: "servicelb traefik",
  },
  { controller: "ingress-nginx", namespace: "x", disabled: ["servicelb"], missing: "traefik" },
  { controller: "traefik", namespace: "traefik", disabled: ["servicelb"], missing: "traefik" },
  { controller: "traefik", namespace: "kube-system", disabled: [], missing: "servicelb" },
  { controller: "traefik", namespace: "kube-system", disabled: ["servicelb"], missing: "" },
  { controller: "cilium", namespace: "x", disabled: ["servicelb", "traefik"], missing: "" },
] as const)("k3s is to be started without $missing", ({ missing, disabled, ...ingress }) => {
  expect(judgeK3sPackaged(ingress, disabled)?.missing.join(" ") ?? "").toBe(missing);
});

test.each([
  [{}, "Local"],
  [{ announcedBy: "metallb", trafficPolicy: "Cluster" }, "Cluster"],
  [{ announcedBy: "cilium" }, "Cluster"],
  [{ announcedBy: "cilium", announcement: "bgp" }, "Local"],
  [{ announcedBy: "kube-vip" }, "Cluster"],
  [{ announcedBy: "kube-vip", trafficPolicy: "Local" }, "Local"],
] as const)("traffic policy of %o is %s", (facts, policy) => {
  expect(trafficPolicyOf(facts)).toBe(policy);
});

test("Local with Cilium's layer 2 announcements is refused, and with BGP is not", () => {
  const kind = "cilium" as const;
  expect(judgeTrafficPolicy("Local", { kind })).toMatchObject([
    { severity: "error", path: ["trafficPolicy"] },
  ]);
  expect(judgeTrafficPolicy("Local", { kind, announcement: "bgp" })).toEqual([]);
  expect(judgeTrafficPolicy("Local", { kind: "kube-vip" })).toEqual([]);
  expect(judgeTrafficPolicy(undefined, { kind })).toEqual([]);
});
