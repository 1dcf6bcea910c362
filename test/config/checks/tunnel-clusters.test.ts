import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile, parseWholeFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { put } from "../../support/clusters/stacks";

type Change = [path: string, value: unknown][];

/** The example with two clusters, changed; a path is `section/entry/…`, and one with a colon a key of its own. */
function changed(change: Change) {
  const data = parse(readFileSync("examples/Pulumi.two-clusters.yaml", "utf8"));
  for (const [path, value] of change) {
    const [section = "", ...rest] = path.split("/");
    put(data.config, [section.includes(":") ? section : `homelab:${section}`, ...rest], value);
  }
  return stringify(data);
}

function problems(...change: Change): string[] {
  const { parsed } = parseWholeFile(changed(change));
  return ("warnings" in parsed ? parsed.warnings : parsed.problems).map(problemText);
}

const home = "kubernetes/home/kubernetesContext";
const lab = "kubernetes/lab/kubernetesContext";

test("two clusters in one stack stand, each with a context of its own", () => {
  expect(problems()).toEqual([]);
});

test("one of them may have the context of the whole stack, stated or not", () => {
  expect(problems(["kubernetes:context", "home"])).toEqual([]);
  expect(problems(["kubernetes:context", "home"], [home, undefined])).toEqual([]);
});

test("a stack with one cluster needs no context", () => {
  const { kubernetes, kubernetesIngress, tunnels } = {
    kubernetes: "kubernetes/lab",
    kubernetesIngress: "kubernetesIngress/traefik-lb",
    tunnels: "tunnels/lab",
  };
  const one: Change = [kubernetes, kubernetesIngress, tunnels].map((path) => [path, undefined]);
  expect(problems(...one, [home, undefined])).toEqual([]);
  // A cluster in which the stack makes nothing has no say either.
  expect(problems(...one.slice(1), [home, undefined], [lab, undefined])).toEqual([]);
});

const wrong: Record<string, Change> = {
  "no context in one": [[home, undefined]],
  "no context in both": [
    [home, undefined],
    [lab, undefined],
  ],
  "no context in both, one for the stack": [
    [home, undefined],
    [lab, undefined],
    ["kubernetes:context", "home"],
  ],
  "one context for both": [[lab, "home"]],
  "the stack's context a second time": [
    [home, undefined],
    [lab, "shared"],
    ["kubernetes:context", "shared"],
  ],
  "a Service of the other cluster behind a tunnel": [
    ["tunnels/lab/ingress/0/origin/ingress", "nginx-lb"],
  ],
  "a tunnel of a cluster that is none": [["tunnels/lab/cluster", "labb"]],
  "a tunnel that says no cluster, and leads to no Service": [
    ["tunnels/lab/cluster", undefined],
    ["tunnels/lab/ingress/0/origin", { host: "10.0.20.5" }],
  ],
  "one namespace for two tunnels of one cluster": [
    ["tunnels/lab/cluster", "home"],
    ["tunnels/lab/ingress/0/origin/ingress", "nginx-lb"],
  ],
  "one pool for both": [
    ["kubernetesIngress/traefik-lb/pool", "lan.home"],
    ["kubernetesIngress/traefik-lb/address", "10.0.20.204"],
  ],
};

test("rejects what would go to a cluster that it is not for", () => {
  const messages = Object.fromEntries(
    Object.entries(wrong).map(([what, change]) => [what, problems(...change)]),
  );
  expect(messages).toMatchInlineSnapshot(`
    {
      "a Service of the other cluster behind a tunnel": [
        "homelab:tunnels.lab.ingress[0].origin.ingress: "nginx-lb" is a Service of the cluster "home", whose name the pods of this tunnel, in "lab", cannot resolve; give it a tunnel of its own with cluster: home",
      ],
      "a tunnel of a cluster that is none": [
        "homelab:tunnels.lab.cluster: there is no Kubernetes cluster "labb" in homelab:kubernetes; did you mean "lab"?",
      ],
      "a tunnel that says no cluster, and leads to no Service": [
        "homelab:tunnels.lab.cluster: missing: nothing says which of the clusters home, lab has the pods that hold the tunnel open; name it, or state connectors with its hosts",
      ],
      "no context in both": [
        "homelab:kubernetes.home.kubernetesContext: missing, but this stack makes objects in "lab" as well, and nothing says whose API these go to; state the context in your kubeconfig that leads to "home", or, where its objects exist already, run \`pulumi config set kubernetes:context NAME\` instead, for a provider of its own would make them anew",
        "homelab:kubernetes.lab.kubernetesContext: missing, but this stack makes objects in "home" as well, and nothing says whose API these go to; state the context in your kubeconfig that leads to "lab", or, where its objects exist already, run \`pulumi config set kubernetes:context NAME\` instead, for a provider of its own would make them anew",
      ],
      "no context in both, one for the stack": [
        "homelab:kubernetes.lab.kubernetesContext: missing, but this stack makes objects in "home" as well, and nothing says whose API these go to; state the context in your kubeconfig that leads to "lab"",
      ],
      "no context in one": [
        "homelab:kubernetes.home.kubernetesContext: missing, but this stack makes objects in "lab" as well, and nothing says whose API these go to; state the context in your kubeconfig that leads to "home", or, where its objects exist already, run \`pulumi config set kubernetes:context NAME\` instead, for a provider of its own would make them anew",
      ],
      "one context for both": [
        "homelab:kubernetes.lab.kubernetesContext: found "home", which leads to "home" already, expected a context of its own for each cluster; correct it",
      ],
      "one namespace for two tunnels of one cluster": [
        "homelab:tunnels.lab.namespace: namespace "cloudflared" is made by tunnel "house" already; give "lab" one of its own",
      ],
      "one pool for both": [
        "homelab:kubernetesIngress.traefik-lb.pool: found lan.home, from which "home" announces "nginx-lb" already: two clusters would give one address to two Services; make a pool of its own for "lab" in homelab:cluster.segments",
      ],
      "the stack's context a second time": [
        "homelab:kubernetes.lab.kubernetesContext: found "shared", which leads to "home" already, expected a context of its own for each cluster; correct it",
      ],
    }
  `);
});

/** The example as the first of two sites, whose second one has the same cluster `lab`. */
function inSites(...change: Change): string[] {
  const { config } = parse(changed(change));
  const sections = (name: string) => ({
    proxmox: { endpoint: `https://${name}.example.org:8006` },
    ...Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace("homelab:", ""), value]),
    ),
  });
  const cottage: Record<string, unknown> = structuredClone(sections("cottage"));
  delete cottage.tunnels;
  delete cottage.kubernetesIngress;
  put(cottage, ["kubernetes", "home", "kubernetesContext"], "cottage");
  const sites = { home: sections("home"), cottage };
  const { parsed } = parseWholeFile(stringify({ config: { "homelab:sites": sites } }));
  return ("warnings" in parsed ? parsed.warnings : parsed.problems).map(problemText);
}

test("a site needs no context of its own where each of its clusters has one, and no two sites share one", () => {
  expect(inSites()).toEqual([
    'homelab:sites.cottage.kubernetes.lab.kubernetesContext: found "admin@lab", which is the Kubernetes cluster of the site "home" already, expected one of its own for each site; correct it',
  ]);
  expect(inSites([home, undefined])).toContain(
    "homelab:sites.home.kubernetesContext: missing, expected the context of the Kubernetes cluster that kubernetesIngress of this site is for; write e.g. kubernetesContext: home",
  );
});

test("a tunnel's pods are where it says, and follow the first Service behind it where it does not", () => {
  const layerOf = (...change: Change) => {
    const { stack } = parseStackFile(changed(change)).parsed;
    if (!stack) throw new Error("refused");
    const { services } = clusterModel(stack);
    return services.find(({ name }) => name === "tunnels.lab")?.layers[0]?.api;
  };
  expect(layerOf()).toBe("kubernetes.lab");
  expect(layerOf(["tunnels/lab/cluster", undefined])).toBe("kubernetes.lab");
  const elsewhere: Change = [
    ["tunnels/lab/cluster", "home"],
    ["tunnels/lab/namespace", "cloudflared-lab"],
    ["tunnels/lab/ingress/0/origin", { host: "10.0.20.5" }],
  ];
  expect(layerOf(...elsewhere)).toBe("kubernetes.home");
});
