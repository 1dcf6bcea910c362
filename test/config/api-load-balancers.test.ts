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
