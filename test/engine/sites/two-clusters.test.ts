import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { openStack } from "../../../clients/pulumi/engine";
import { policyPack } from "../../../clients/pulumi/project";
import { parseWholeFile, sitesIn } from "../../../config/file/parse-file";
import { program } from "../../../program";
import { seedFromSites } from "../../../sim/seed";
import { startSim } from "../../../sim/server";
import { put } from "../../support/clusters/stacks";
import { engineTest, stateFolder } from "../../support/engine";

const example = join(__dirname, "../../../examples/Pulumi.two-clusters.yaml");

engineTest(
  "a second cluster comes beside the first: its objects go to its API, and those of the first stay",
  async () => {
    const stateDir = stateFolder();
    const configFile = join(stateDir, "Pulumi.two-clusters.yaml");
    const both = parse(readFileSync(example, "utf8"));
    // As it was before anybody thought of a second one.
    put(both.config, ["kubernetes:context"], "home");
    put(both.config, ["homelab:kubernetes", "home", "kubernetesContext"], undefined);
    const one = structuredClone(both);
    put(one.config, ["homelab:kubernetesIngress", "traefik-lb"], undefined);
    put(one.config, ["homelab:tunnels", "lab"], undefined);
    const sim = await startSim(seedFromSites(sitesIn(parseWholeFile(stringify(both)).parsed)));
    onTestFinished(() => sim.stop());
    const up = async (data: unknown) => {
      writeFileSync(configFile, stringify(data));
      const run = () => program({}, stateDir);
      const options = { stack: "two-clusters", program: run, sim, stateDir, configFile };
      const stack = await openStack(options);
      const { summary } = await stack.up({ policyPacks: [policyPack] });
      return Object.keys(summary.resourceChanges ?? {}).sort();
    };
    const objects = () =>
      Object.entries(sim.world.state.kubernetesAt ?? {}).map(([context, all]) => [
        context,
        Object.keys(all)
          .filter((key) => !/Namespace\/(default|kube-system|metallb)/.test(key))
          .sort(),
      ]);

    expect(await up(one)).toEqual(["create"]);
    const first = Object.fromEntries(objects());
    expect(await up(both)).toEqual(["create", "same"]);
    expect(await up(both)).toEqual(["same"]);
    expect(Object.fromEntries(objects()).home).toEqual(first.home);
    expect(objects()).toMatchInlineSnapshot(`
      [
        [
          "admin@lab",
          [
            "apps/v1/Deployment/cloudflared/lab",
            "policy/v1/PodDisruptionBudget/cloudflared/lab",
            "policy/v1/PodDisruptionBudget/traefik/traefik-lb",
            "v1/Namespace/cloudflared",
            "v1/Namespace/traefik",
            "v1/Secret/cloudflared/lab-token",
            "v1/Service/traefik/traefik-lb",
          ],
        ],
        [
          "home",
          [
            "apps/v1/Deployment/cloudflared/house",
            "policy/v1/PodDisruptionBudget/cloudflared/house",
            "v1/Namespace/cloudflared",
            "v1/Namespace/ingress-nginx",
            "v1/Secret/cloudflared/house-token",
            "v1/Service/ingress-nginx/nginx-lb",
          ],
        ],
      ]
    `);
    // Nothing got to a cluster that nobody named.
    const elsewhere = Object.keys(sim.world.state.kubernetes);
    expect(elsewhere.filter((key) => !key.startsWith("v1/Namespace/"))).toEqual([]);
  },
);
