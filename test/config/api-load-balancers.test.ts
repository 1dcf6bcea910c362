import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";

type Section = Record<string, unknown>;
interface Balancer extends Section {
  members: Section[];
  masters: Section[];
  workers: Section[];
}

/** The homelab's own file, with its load balancer changed. */
function problems(change: (balancer: Balancer) => void): string[] {
  const { config } = parse(readFileSync("Pulumi.homelab.yaml", "utf8"));
  const data = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith("homelab:"))
      .map(([key, value]) => [key.slice("homelab:".length), value]),
  );
  change((data.apiLoadBalancers as Record<string, Balancer>)["k8s-api"] as Balancer);
  const parsed = parseStack(data);
  const found = parsed.stack ? parsed.warnings : parsed.problems;
  return found
    .filter(({ path }) => path[0] === "apiLoadBalancers")
    .map((problem) => `${problem.severity}: ${problemText(problem)}`);
}

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILbRv5pOxXrNFslEadVGo6AeoUCOn1uNrMkNwOBvKbrX";

test("the homelab's load balancer stands", () => {
  expect(problems(() => {})).toEqual([]);
});

const refused: Record<string, (balancer: Balancer) => void> = {
  "both load balancers on one node": ({ members }) =>
    Object.assign(members[1] ?? {}, { node: "proxmox2" }),
  "an even number of masters": (one) => (one.masters = one.masters.slice(0, 2)),
  "a password of VRRP, 1111": (one) => (one.authPass = "1111"),
  "a health check of one's own": (one) =>
    Object.assign(one, { healthPath: "/healthz", verify: "none", port: 6443 }),
  "two masters on one node, joined by this stack": (one) => {
    one.kubeadm = { join: true };
    for (const host of [...one.masters, ...one.workers]) host.hostKey = key;
    Object.assign(one.masters[1] ?? {}, { node: "proxmox" });
  },
  "a join without host keys": (one) => {
    one.kubeadm = { join: true };
    for (const host of one.workers) host.hostKey = key;
  },
  "an old Kubernetes, a network that is none": (one) => {
    one.kubeadm = { version: "1.34", podSubnet: "10.244.0.1/16" };
    one.management = ["everybody"];
  },
};

test("rejects each, with its reason", () => {
  const messages = Object.fromEntries(
    Object.entries(refused).map(([what, change]) => [what, problems(change)]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "a health check of one's own": [
        "error: homelab:apiLoadBalancers.k8s-api.healthPath: unknown key "healthPath"; the health check always asks for /readyz: /healthz and /livez stay good while a server shuts down; remove it",
        "error: homelab:apiLoadBalancers.k8s-api.verify: unknown key "verify"; the health check always verifies the API servers against the cluster's CA, for whoever answers would be believed otherwise; remove it, and set caCertificate",
      ],
      "a join without host keys": [
        "error: homelab:apiLoadBalancers.k8s-api.masters[0].hostKey: missing; state the hostKey of host "master1"",
        "error: homelab:apiLoadBalancers.k8s-api.masters[1].hostKey: missing; state the hostKey of host "master2"",
        "error: homelab:apiLoadBalancers.k8s-api.masters[2].hostKey: missing; state the hostKey of host "master3"",
      ],
      "a password of VRRP, 1111": [
        "error: homelab:apiLoadBalancers.k8s-api.authPass: unknown key "authPass"; VRRP version 3 has no password, and version 2 sends the first 8 characters in clear (RFC 3768), so one keeps nobody out; remove it: adverts go to the members alone, and the output \`firewall\` says what to let through",
      ],
      "an even number of masters": [
        "error: homelab:apiLoadBalancers.k8s-api.masters: found 2 masters, expected an odd number: etcd needs a majority, and an even number survives no more losses than one less; add or remove one",
      ],
      "an old Kubernetes, a network that is none": [
        "error: homelab:apiLoadBalancers.k8s-api.management[0]: found "everybody", expected a network whose host part is zero; write network and prefix length, e.g. 192.168.1.0/24",
        "error: homelab:apiLoadBalancers.k8s-api.kubeadm.version: found "1.34", expected a release of Kubernetes from v1.31.0, the first that reads kubeadm.k8s.io/v1beta4; write e.g. v1.34.4",
        "error: homelab:apiLoadBalancers.k8s-api.kubeadm.podSubnet: found "10.244.0.1/16", expected a network whose host part is zero; write 10.244.0.0/16, or 10.244.0.1/32",
      ],
      "both load balancers on one node": [
        "error: homelab:apiLoadBalancers.k8s-api.members[1].node: "lb1" and "lb2" are on the same node "proxmox2", so its death takes them down with the virtual address; move "lb2" to another node",
      ],
      "two masters on one node, joined by this stack": [
        "error: homelab:apiLoadBalancers.k8s-api.masters: "master1" and "master2" are on the node "proxmox", so its death leaves 1 of 3 masters, fewer than the majority that etcd needs, and takes the whole API down; spread the masters so that no node carries more than 1",
      ],
    }
  `);
});

test("a misspelt key gets the nearest one and no lecture", () => {
  expect(problems((one) => Object.assign(one, { caFiles: "/ca.crt" }))).toMatchInlineSnapshot(`
    [
      "error: homelab:apiLoadBalancers.k8s-api.caFiles: unknown key "caFiles"; did you mean "caFile"?",
    ]
  `);
});

test("two masters on one node of a cluster that runs already are a warning", () => {
  expect(
    problems(({ masters }) => Object.assign(masters[1] ?? {}, { node: "proxmox" })),
  ).toMatchInlineSnapshot(`
    [
      "warning: homelab:apiLoadBalancers.k8s-api.masters: "master1" and "master2" are on the node "proxmox", so its death leaves 1 of 3 masters, fewer than the majority that etcd needs, and takes the whole API down; spread the masters so that no node carries more than 1",
    ]
  `);
});

const stated: Record<string, (balancer: Balancer) => void> = {
  "k3s that has to answer 200": (one) =>
    Object.assign(one, { distribution: "k3s", apiCheck: { statuses: [200] } }),
  "kubeadm that has to answer 401": (one) => (one.apiCheck = { statuses: [401] }),
  "a certificate, and 401 alone": (one) =>
    (one.apiCheck = { statuses: [401], clientCertificateFile: "/etc/haproxy/client.pem" }),
  "a certificate whose end takes all down": (one) =>
    (one.apiCheck = { statuses: [200], clientCertificateFile: "/etc/haproxy/client.pem" }),
  "a path that stays good, an answer of a sick server": (one) =>
    (one.apiCheck = { path: "/livez", statuses: [200, 503] }),
  "ports of others": (one) => Object.assign(one, { supervisorPort: 9345, talosPort: 50000 }),
  "RKE2 on one port": (one) => Object.assign(one, { distribution: "rke2", supervisorPort: 6443 }),
  "kubeadm's join of k3s": (one) => {
    one.distribution = "k3s";
    one.kubeadm = { join: true };
    for (const host of [...one.masters, ...one.workers]) host.hostKey = key;
  },
  "a distribution that nobody knows": (one) => (one.distribution = "k0s"),
};

test("says what is wrong with a distribution, its check and its ports", () => {
  const messages = Object.fromEntries(
    Object.entries(stated).map(([what, change]) => [what, problems(change)]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "RKE2 on one port": [
        "error: homelab:apiLoadBalancers.k8s-api.supervisorPort: found 6443, which is port as well; choose another one",
      ],
      "a certificate whose end takes all down": [
        "warning: homelab:apiLoadBalancers.k8s-api.apiCheck.statuses: found 200 without 401: on the day when the client certificate ends every API server answers 401, and all of them are marked down at once; add 401: a server that is not ready answers 500 to a valid certificate, so nothing is lost",
      ],
      "a certificate, and 401 alone": [
        "error: homelab:apiLoadBalancers.k8s-api.apiCheck.statuses: found 401, but a ready API server answers 200 to the client certificate, so every healthy master would be marked down; add 200",
      ],
      "a distribution that nobody knows": [
        "error: homelab:apiLoadBalancers.k8s-api.distribution: found "k0s", expected one of kubeadm, k3s, rke2, talos; write one of these",
      ],
      "a path that stays good, an answer of a sick server": [
        "error: homelab:apiLoadBalancers.k8s-api.apiCheck.path: found "/livez", expected /readyz or a path below it: /healthz and /livez stay good while a server shuts down; write e.g. /readyz?exclude=etcd",
        "error: homelab:apiLoadBalancers.k8s-api.apiCheck.statuses[1]: found 503, expected 200 or 401: any other one is the answer of a server that is not ready, or that is none; remove it",
      ],
      "k3s that has to answer 200": [
        "error: homelab:apiLoadBalancers.k8s-api.apiCheck.statuses: found 200, but k3s starts its API servers with anonymous-auth=false, so each answers 401 to the check and every healthy master would be marked down; add 401, show a certificate (apiCheck.clientCertificateFile), or state apiCheck.anonymous: true where the API servers were told to answer",
        "warning: homelab:apiLoadBalancers.k8s-api.disable: k3s starts servicelb and traefik unless it is told not to: its ServiceLB takes every Service of type LoadBalancer with the nodes' addresses, and its own Traefik takes Ingress objects and an address of the pool, which "traefik-lb" cannot have beside it; start the servers with --disable=servicelb,traefik and state disable: [servicelb, traefik]",
      ],
      "kubeadm that has to answer 401": [
        "error: homelab:apiLoadBalancers.k8s-api.apiCheck.statuses: found 401, but an API server that answers without a credential says 200, so every healthy master would be marked down; add 200",
      ],
      "kubeadm's join of k3s": [
        "error: homelab:apiLoadBalancers.k8s-api.kubeadm.join: found it beside distribution: k3s, whose nodes kubeadm does not join; remove it; the output nodeConfiguration says what k3s has to be told",
        "warning: homelab:apiLoadBalancers.k8s-api.disable: k3s starts servicelb and traefik unless it is told not to: its ServiceLB takes every Service of type LoadBalancer with the nodes' addresses, and its own Traefik takes Ingress objects and an address of the pool, which "traefik-lb" cannot have beside it; start the servers with --disable=servicelb,traefik and state disable: [servicelb, traefik]",
      ],
      "ports of others": [
        "error: homelab:apiLoadBalancers.k8s-api.supervisorPort: found 9345, but only RKE2 has this port; remove it, or state distribution: rke2",
        "error: homelab:apiLoadBalancers.k8s-api.talosPort: found 50000, but only Talos has this port; remove it, or state distribution: talos",
      ],
    }
  `);
});

test.each([
  { distribution: "kubeadm" },
  { distribution: "k3s", disable: ["servicelb", "traefik"] },
  { distribution: "k3s", disable: ["servicelb", "traefik"], apiCheck: { anonymous: true } },
  {
    distribution: "k3s",
    disable: ["servicelb", "traefik"],
    apiCheck: { statuses: [200], anonymous: true },
  },
  { distribution: "rke2", supervisorPort: 9346 },
  { distribution: "rke2", apiCheck: { clientCertificateFile: "/etc/haproxy/client.pem" } },
  { distribution: "talos", talosPort: 50000, apiCheck: { path: "/readyz?exclude=etcd" } },
])("takes %j", (settings) => {
  expect(problems((one) => Object.assign(one, settings))).toEqual([]);
});
