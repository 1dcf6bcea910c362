import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { openStack } from "../../../clients/pulumi/engine";
import { startSim } from "../../../sim/server";
import { engineTest, stateFolder } from "../../support/engine";
import { homelabToday, stackOf } from "../../support/programs/stacks";

/** `homelab` without a way to log in to its nodes: only the API, and no start-up orders, which need the way. */
function withoutSsh(folder: string): string {
  const settings = parse(readFileSync("Pulumi.homelab.yaml", "utf8"));
  const { "homelab:cluster": cluster, "homelab:guests": guests } = settings.config;
  delete cluster.controlNode;
  for (const node of Object.values<{ hostKey?: string }>(cluster.nodes)) delete node.hostKey;
  for (const guest of Object.values<{ startup?: object }>(guests)) delete guest.startup;
  const file = join(folder, "api-only.yaml");
  writeFileSync(file, stringify(settings));
  return file;
}

engineTest("a first up with the API alone leaves the moves to HA, and says so before", async () => {
  const sim = await startSim(homelabToday({ commands: undefined }));
  onTestFinished(() => sim.stop());
  const stateDir = stateFolder();
  const configFile = withoutSsh(stateFolder());
  const stack = await openStack({ ...stackOf("homelab"), configFile, sim, stateDir });
  const told: string[] = [];
  await stack.preview({
    onEvent: ({ diagnosticEvent }) => {
      if (diagnosticEvent?.severity === "warning") told.push(diagnosticEvent.message);
    },
  });
  expect(told.filter((line) => /^\W*134 /.test(line.replace(/<\{%.*?%\}>/g, "")))).not.toEqual([]);
  await stack.up();
  const { moves = [], guests } = sim.world.state.proxmox;
  // Nobody moves a guest by hand: there is no way to.
  expect(moves.filter(({ by }) => by !== "ha")).toEqual([]);
  // What a strict rule or a higher priority demands, HA has done.
  expect([guests["110"]?.node, guests["121"]?.node].sort()).toEqual(["proxmox2", "proxmox3"]);
  expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
});
