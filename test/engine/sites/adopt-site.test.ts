import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { placeholders } from "../../../cli/run/secrets";
import { openStack } from "../../../clients/pulumi/engine";
import { parseWholeFile, sitesIn } from "../../../config/file/parse-file";
import { serveProxmoxApi } from "../../../sim/proxmox/api-server/server";
import { startSim } from "../../../sim/server";
import { adopted, envOf, pulumi, withIds } from "../../support/adopt";
import { clusterAsItWas } from "../../support/clusters/baseline-cluster";
import { threeSites } from "../../support/clusters/three-sites";
import { engineTest, stateFolder } from "../../support/engine";

engineTest("a site that was adopted and imported is taken over without a change", async () => {
  const dir = stateFolder();
  const cluster = clusterAsItWas(9);
  const sim = await startSim({ sites: [] });
  onTestFinished(() => sim.stop());
  const proxmox = withIds(cluster.world.state.proxmox);
  const api = await serveProxmoxApi({ state: () => proxmox, site: cluster.site });
  onTestFinished(() => api.stop());

  // The cottage's cluster is empty: an `up` makes what the file says there.
  const { cottage } = parse(threeSites()).config["homelab:sites"];
  const sites = { home: { proxmox: { endpoint: api.endpoint, insecure: true } }, cottage };
  const file = join(dir, "Pulumi.house.yaml");
  writeFileSync(file, stringify({ config: { "homelab:sites": sites } }));
  const { PROXMOX_VE_ENDPOINT: _, ...env } = envOf(api);
  const lines = await adopted(api, dir, { site: "home", env });

  const hostOf = (url: string) => new URL(url).host;
  const elsewhere = structuredClone(proxmox);
  sim.world.change((state) => {
    Object.assign(elsewhere, { haResources: {}, replications: {}, backupJobs: {}, haRules: {} });
    state.proxmoxAt = {
      [hostOf(api.endpoint)]: proxmox,
      [hostOf(cottage.proxmox.endpoint)]: elsewhere,
    };
  });
  const { file: read, parsed } = parseWholeFile(readFileSync(file, "utf8"));
  const { note: _note, ...secrets } = placeholders(sitesIn(parsed), read);
  const { program } = await import("../../../program.js");
  const stack = await openStack({
    stack: "house",
    program: () => program(secrets, dir),
    sim,
    stateDir: dir,
    configFile: file,
  });
  const target = [...lines.join("\n").matchAll(/--target '(.*?)'/g)].map(([, urn = ""]) => urn);
  expect(target).toHaveLength(3);
  await stack.up({ target });
  expect(sim.world.state.changes).toEqual([]);
  const imports = join(dir, "Pulumi.house.home.import.json");
  const args = ["--file", imports, "--protect=false", "--generate-code=false", "--yes"];
  await pulumi(stack, ["import", ...args, "--skip-preview"]);

  const kept: string[] = [];
  await stack.preview({
    onEvent: ({ resourcePreEvent }) => {
      const { op, urn = "" } = resourcePreEvent?.metadata ?? {};
      if (op && op !== "same" && /::home[^:]*$/.test(urn)) kept.push(`${op} ${urn}`);
    },
  });
  expect(kept).toEqual([]);
  await stack.up();
  expect(sim.world.state.changes.filter(({ name }) => name.startsWith("home"))).toEqual([]);
});
