import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Harule } from "@muhlba91/pulumi-proxmoxve/harule";
import { Provider } from "@muhlba91/pulumi-proxmoxve/provider";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { expect, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { syncState } from "../../../cli/commands/sync-state/run";
import { placeholders } from "../../../cli/run/secrets";
import { openStack } from "../../../clients/pulumi/engine";
import { policyPack } from "../../../clients/pulumi/project";
import { parseWholeFile, sitesIn } from "../../../config/file/parse-file";
import { program } from "../../../program";
import { seedFromSites } from "../../../sim/seed";
import { startSim } from "../../../sim/server";
import { put } from "../../support/clusters/stacks";
import { engineTest, stateFolder } from "../../support/engine";

const example = join(__dirname, "../../../examples/Pulumi.three-sites.yaml");

/** The example, with a container of one name, one VMID and one node name that each site creates. */
function withTwins(): string {
  const data = parse(readFileSync(example, "utf8"));
  for (const site of ["home", "parents", "cottage"]) {
    const network = site === "parents" ? "192.168.2" : "192.168.1";
    const storage = site === "cottage" ? "local-lvm" : "local-zfs";
    const place = { vmid: 150, type: "ct", node: "pve1", address: `${network}.50`, storage };
    const create = {
      template: "local:vztmpl/debian-12.tar.zst",
      diskGb: 4,
      memoryMb: 512,
      cores: 1,
    };
    put(data.config["homelab:sites"], [site, "guests", "notes"], { ...place, create });
  }
  return stringify(data);
}

engineTest(
  "three sites are made, each on its own cluster, and a second up changes nothing",
  async () => {
    const stateDir = stateFolder();
    const text = withTwins();
    const configFile = join(stateDir, "Pulumi.three-sites.yaml");
    writeFileSync(configFile, text);
    const { file, parsed } = parseWholeFile(text);
    const sites = sitesIn(parsed);
    const { note: _note, ...secrets } = placeholders(sites, file);
    const sim = await startSim(seedFromSites(sites));
    onTestFinished(() => sim.stop());
    const stack = await openStack({
      stack: "three-sites",
      program: () => program(secrets, stateDir),
      sim,
      stateDir,
      configFile,
    });

    const first = await stack.up({ policyPacks: [policyPack] });
    expect(Object.keys(first.summary.resourceChanges ?? {})).toEqual(["create"]);
    const clusters = Object.entries(sim.world.state.proxmoxAt ?? {}).map(([at, pve]) => [
      at,
      Object.values(pve.guests).map(({ vmid, name, node }) => `${vmid} ${name} on ${node}`),
      Object.keys(pve.haResources),
      Object.keys(pve.haRules),
      Object.values(pve.backupJobs).length,
    ]);
    expect(clusters).toMatchInlineSnapshot(`
      [
        [
          "pve.home.example.org:8006",
          [
            "110 traefik-1 on pve1",
            "111 traefik-2 on pve2",
            "120 photos on pve3",
            "150 notes on pve1",
          ],
          [
            "vm:120",
          ],
          [
            "ha-group-anywhere",
          ],
          2,
        ],
        [
          "192.168.2.11:8006",
          [
            "120 home-assistant on pve1",
            "150 notes on pve1",
          ],
          [
            "vm:120",
          ],
          [
            "ha-group-anywhere",
          ],
          2,
        ],
        [
          "pve.cottage.example.org:8006",
          [
            "120 photos on pve1",
            "150 notes on pve1",
          ],
          [],
          [],
          1,
        ],
      ]
    `);
    // Nothing got to a cluster that no site is.
    expect(sim.world.state.proxmox).toMatchObject({ guests: {}, haResources: {}, backupJobs: {} });

    const second = await stack.up({ policyPacks: [policyPack] });
    expect(Object.keys(second.summary.resourceChanges ?? {})).toEqual(["same"]);

    // The three containers have one VMID and one node name: only the one at the parents' has moved.
    sim.world.change(({ proxmoxAt }) => {
      const guest = proxmoxAt?.["192.168.2.11:8006"]?.guests["150"];
      if (guest) guest.node = "pve2";
    });
    expect(await syncState(stack)).toMatchInlineSnapshot(`
      [
        "150 parents-notes: the state follows it from pve1 to pve2",
      ]
    `);
    expect(await syncState(stack)).toEqual([]);
  },
);

engineTest(
  "two providers of one cluster are one site to the pack, two clusters are two",
  async () => {
    const stateDir = stateFolder();
    const at = (host: string, nodes = ["pve1", "pve2"]) => ({
      endpoint: `https://${host}:8006`,
      nodes,
      guests: [{ vmid: 120, type: "ct" as const, node: "pve1" }],
    });
    const sim = await startSim({ sites: [at("home"), at("cottage")] });
    onTestFinished(() => sim.stop());
    const rules = (endpoints: readonly string[]) => async () => {
      for (const [index, endpoint] of endpoints.entries()) {
        const provider = new Provider(`provider-${index}`, { endpoint });
        const args = { rule: `rule-${index}`, type: "node-affinity", resources: ["ct:120"] };
        new Harule(`rule-${index}`, { ...args, nodes: { pve1: 1 } }, { provider });
      }
      return {};
    };
    const violated = async (...endpoints: string[]) => {
      const stack = await openStack({
        stack: "sites",
        project: "raw",
        program: rules(endpoints),
        sim,
        stateDir,
      });
      const found = new Set<string>();
      const onEvent = ({ policyEvent }: EngineEvent) => {
        if (policyEvent) found.add(policyEvent.policyName);
      };
      await stack.preview({ policyPacks: [policyPack], onEvent }).catch(() => {});
      return [...found];
    };
    expect(await violated("https://home:8006", "https://cottage:8006")).toEqual([]);
    expect(await violated("https://home:8006", "https://HOME:8006/api2/json")).toEqual([
      "ha-rule-infeasible",
    ]);
  },
);
