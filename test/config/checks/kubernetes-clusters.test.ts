import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addressPlan } from "../../../config/checks/address-plan";
import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { parseStack } from "../../../config/parse";
import { simulate } from "../../../model/resilience/resilience";

type Data = Record<string, Record<string, Record<string, unknown>>>;

/** The example with kube-vip, changed. */
function changed(change: (data: Data) => void) {
  const { file } = parseStackFile(readFileSync("examples/Pulumi.k3s-kube-vip-nginx.yaml", "utf8"));
  const data = structuredClone(file.own) as Data;
  change(data);
  return { data, parsed: parseStack(data) };
}

const problems = (change: (data: Data) => void) => {
  const { parsed } = changed(change);
  return (parsed.stack ? parsed.warnings : parsed.problems).map(problemText);
};
const cluster = (change: object) => (data: Data) =>
  void Object.assign(data.kubernetes?.home ?? {}, change);

const wrong: Record<string, (data: Data) => void> = {
  "the address of a guest": cluster({ address: "10.0.20.51" }),
  "an address out of a pool": cluster({ address: "10.0.20.203" }),
  "no address": cluster({ address: undefined }),
  "an address that nobody announces": cluster({ announcedBy: "none" }),
  "Talos' address on k3s": cluster({ announcedBy: "talos" }),
  "a pair of this stack": cluster({ announcedBy: "pair" }),
  "two masters": cluster({ masters: [{ guest: "k3s-1" }, { guest: "k3s-2" }] }),
  "an address of another family": cluster({ address: "fd00::50" }),
  "an ingress of no cluster": (data) =>
    void Object.assign(data.kubernetesIngress?.["nginx-lb"] ?? {}, { cluster: "hom" }),
};

test("rejects a cluster whose API address is not its own, or that has no majority", () => {
  const messages = Object.fromEntries(
    Object.entries(wrong).map(([what, change]) => [what, problems(change)]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "Talos' address on k3s": [
        "homelab:kubernetes.home.announcedBy: found talos, which only Talos can; state distribution: talos, or who else announces it",
      ],
      "a pair of this stack": [
        "homelab:kubernetes.home.announcedBy: found "pair", expected one of kube-vip, talos, external, none: a cluster behind a pair of this stack stands in homelab:apiLoadBalancers, and is named from there; move it",
      ],
      "an address of another family": [
        "homelab:kubernetes.home.masters[0]: "k3s-1" has no address of the family of fd00::50, so it cannot announce it; state its address6",
      ],
      "an address out of a pool": [
        "homelab:kubernetes.home.address: 10.0.20.203 is the virtual address of "kubernetes.home" and also that of "kubernetesIngress.nginx-lb" (kubernetesIngress.nginx-lb.address), so both answer for it; give one of them another address",
        "homelab:kubernetes.home.address: the virtual address 10.0.20.203 of "kubernetes.home" lies in the kube-vip pool "lan.services" (10.0.20.200-10.0.20.220), which gives it to others; choose an address outside the pool, or shrink the pool",
      ],
      "an address that nobody announces": [
        "homelab:kubernetes.home.address: found 10.0.20.50, but nobody announces it; remove it, or say who does",
      ],
      "an ingress of no cluster": [
        "homelab:kubernetesIngress.nginx-lb.cluster: there is no Kubernetes cluster "hom" in homelab:kubernetes; did you mean "home"?",
      ],
      "no address": [
        "homelab:kubernetes.home.address: missing, expected the address that kube-vip announces; state it",
      ],
      "the address of a guest": [
        "homelab:kubernetes.home.address: 10.0.20.51 is the virtual address of "kubernetes.home" and also that of host "k3s-1" (guests.k3s-1.address), so both answer for it; give one of them another address",
      ],
      "two masters": [
        "homelab:kubernetes.home.masters: found 2 masters, expected an odd number: etcd needs a majority, and an even number survives no more losses than one less; add or remove one",
      ],
    }
  `);
});

test("the API's address is in the address plan, and a second owner is refused", () => {
  expect(
    addressPlan(changed(() => {}).data).vips.map(({ name, address }) => [name, address]),
  ).toEqual([
    ["kubernetesIngress.nginx-lb", "10.0.20.203"],
    ["kubernetes.home", "10.0.20.50"],
  ]);
});

/** The same house with IPv6 beside IPv4 everywhere. */
const dual =
  (change: object = {}) =>
  (data: Data) => {
    for (const [index, name] of ["k3s-1", "k3s-2", "k3s-3"].entries()) {
      Object.assign(data.guests?.[name] ?? {}, { address6: `fd00:20::5${index + 1}` });
    }
    cluster({ address6: "fd00:20::50", ...change })(data);
  };

test("an API of both families has both addresses in the plan, and masters that can announce either", () => {
  expect(problems(dual())).toEqual([]);
  expect(
    addressPlan(changed(dual()).data).vips.map(({ name, address }) => [name, address]),
  ).toEqual([
    ["kubernetesIngress.nginx-lb", "10.0.20.203"],
    ["kubernetes.home", "10.0.20.50"],
    ["kubernetes.home", "fd00:20::50"],
  ]);
});

const wrongSecond: Record<string, (data: Data) => void> = {
  "IPv4 twice": dual({ address6: "10.0.20.49" }),
  "IPv6 twice": dual({ address: "fd00:20::49" }),
  "a second address alone": dual({ address: undefined, announcedBy: "external" }),
  "that of a guest": dual({ address6: "fd00:20::51" }),
  "that nobody announces": dual({ address: undefined, announcedBy: "none" }),
  "masters of one family": cluster({ address6: "fd00:20::50" }),
};

test("rejects a second address of the API that is no other, or that a master cannot announce", () => {
  const messages = Object.fromEntries(
    Object.entries(wrongSecond).map(([what, change]) => [what, problems(change)]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "IPv4 twice": [
        "homelab:kubernetes.home.address6: found "10.0.20.49", expected an IPv6 address; write an IPv6 address, e.g. fd00:1::110",
      ],
      "IPv6 twice": [
        "homelab:kubernetes.home.address6: found fd00:20::50 beside address fd00:20::49, which is IPv6 already; remove one of them, or make address the IPv4 one",
      ],
      "a second address alone": [
        "homelab:kubernetes.home.address6: found fd00:20::50 without address, which it stands beside; write it as address",
      ],
      "masters of one family": [
        "homelab:kubernetes.home.masters[0]: "k3s-1" has no address of the family of fd00:20::50, so it cannot announce it; state its address6",
      ],
      "that nobody announces": [
        "homelab:kubernetes.home.address6: found fd00:20::50, but nobody announces it; remove it, or say who does",
      ],
      "that of a guest": [
        "homelab:kubernetes.home.address6: fd00:20::51 is the virtual address of "kubernetes.home" and also that of host "k3s-1" (guests.k3s-1.address6), so both answer for it; give one of them another address",
      ],
    }
  `);
});

test("the API survives one master and not two; the ingress goes on", () => {
  const { parsed } = changed(() => {});
  if (!parsed.stack) throw new Error("refused");
  const model = clusterModel(parsed.stack);
  const status = (nodes: string[], service: string) =>
    simulate(model, nodes).services[service]?.status;
  expect(status(["pve1"], "kubernetes.home")).not.toBe("stopped");
  expect(status(["pve1", "pve2"], "kubernetes.home")).toBe("stopped");
  expect(status(["pve1"], "kubernetesIngress.nginx-lb")).not.toBe("stopped");
});

test("what k3s brings along is named until its servers are started without it", () => {
  expect(problems(() => {})).toEqual([]);
  expect(problems(cluster({ disable: ["servicelb"] }))).toMatchInlineSnapshot(`
    [
      "homelab:kubernetes.home.disable: k3s starts traefik unless it is told not to: its own Traefik takes Ingress objects and an address of the pool, which "nginx-lb" cannot have beside it; start the servers with --disable=traefik and state disable: [servicelb, traefik]",
    ]
  `);
  expect(problems(cluster({ disable: undefined }))).toMatchInlineSnapshot(`
    [
      "homelab:kubernetes.home.disable: k3s starts servicelb and traefik unless it is told not to: its ServiceLB takes every Service of type LoadBalancer with the nodes' addresses, and its own Traefik takes Ingress objects and an address of the pool, which "nginx-lb" cannot have beside it; start the servers with --disable=servicelb,traefik and state disable: [servicelb, traefik]",
    ]
  `);
  expect(problems(cluster({ distribution: "rke2" }))).toMatchInlineSnapshot(`
    [
      "homelab:kubernetes.home.disable: found it, but only k3s has these parts; remove it, or state distribution: k3s",
    ]
  `);
});

test("a hardened cluster is stated, and answers that no healthy API server gives are refused", () => {
  const kubeadm = { distribution: "kubeadm", disable: undefined };
  const stated: Record<string, object> = {
    hardened: { ...kubeadm, apiCheck: { anonymous: false } },
    "k3s that answers": { apiCheck: { anonymous: true, statuses: [200] } },
    "200 of k3s": { apiCheck: { statuses: [200] } },
    "401 of kubeadm": { ...kubeadm, apiCheck: { statuses: [401] } },
    "a certificate that nobody shows": {
      apiCheck: { clientCertificateFile: "/etc/haproxy/k.pem" },
    },
  };
  const said = Object.entries(stated).map(([what, change]) => [what, problems(cluster(change))]);
  expect(Object.fromEntries(said)).toMatchInlineSnapshot(`
    {
      "200 of k3s": [
        "homelab:kubernetes.home.apiCheck.statuses: found 200, but k3s starts its API servers with anonymous-auth=false, so each answers 401 to the check and every healthy master would be reported as down; add 401, or state apiCheck.anonymous: true where the API servers were told to answer",
      ],
      "401 of kubeadm": [
        "homelab:kubernetes.home.apiCheck.statuses: found 401, but an API server that answers without a credential says 200, so every healthy master would be reported as down; add 200",
      ],
      "a certificate that nobody shows": [
        "homelab:kubernetes.home.apiCheck.clientCertificateFile: unknown key "clientCertificateFile"; known are anonymous, path, statuses; write one of them",
      ],
      "hardened": [],
      "k3s that answers": [],
    }
  `);
});
