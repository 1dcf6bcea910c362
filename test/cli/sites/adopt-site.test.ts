import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import type { ImportFile } from "../../../cli/commands/adopt/import";
import { adopted, envOf } from "../../support/adopt";
import { clusterAsItWas, served } from "../../support/clusters/baseline-cluster";
import { refusal } from "../../support/platform";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOgLTcZAcSPSarIPIK8Vsy9as/H3n6Cv9hq8toPenT0X";

/** A file with two sites, of which the first has not been read yet. */
const fileOf = (endpoint: string) => `# Two houses.
config:
  homelab:sites:
    # Where we live.
    home:
      proxmox: { endpoint: "${endpoint}" } # the address of the VPN
      routedTo: [cottage]
      dns: { grafana.home.arpa: { to: { host: traefik }, ttl: 60 } }
    # One node.
    cottage:
      proxmox: { endpoint: "https://127.0.0.1:1" }
      cluster:
        pveVersion: 9
        nodes: { pve1: { address: 10.9.0.11, hostKey: "${KEY}" } }
        segments: { lan: { cidr: 10.9.0.0/24 } }
        storages: { local-lvm: { kind: local, nodes: [pve1] } }
      guests:
        photos: { vmid: 120, type: ct, node: pve1, address: 10.9.0.20, storage: local-lvm }
`;

async function scene(text: (endpoint: string) => string) {
  const api = await served(clusterAsItWas());
  const dir = mkdtempSync(join(tmpdir(), "homelab-adopt-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, "Pulumi.house.yaml");
  writeFileSync(path, text(api.endpoint));
  const { PROXMOX_VE_ENDPOINT: _, ...env } = envOf(api);
  return {
    run: (site: string, force = false) => adopted(api, dir, { site, force, env }),
    said: (site: string, force = false) =>
      refusal(adopted(api, dir, { site, force, env })).then((words) =>
        words.replaceAll(dir, "DIR"),
      ),
    text: () => readFileSync(path, "utf8"),
    imports: (): ImportFile =>
      JSON.parse(readFileSync(join(dir, "Pulumi.house.home.import.json"), "utf8")),
  };
}

const withoutDns = (endpoint: string) => fileOf(endpoint).replace(/^ +dns: .*\n/m, "");

test("one site of a file is read, and nothing else in the file changes", async () => {
  const { run, text, imports } = await scene(withoutDns);
  const before = text();
  const lines = await run("home");
  const after = text();
  for (const line of [
    "# Two houses.",
    "# Where we live.",
    "# One node.",
    "# the address of the VPN",
  ]) {
    expect(after).toContain(line);
  }
  const { home, cottage } = parse(after).config["homelab:sites"];
  expect(cottage).toEqual(parse(before).config["homelab:sites"].cottage);
  expect(Object.keys(home)).toEqual(["proxmox", "routedTo", "cluster", "guests", "haGroups"]);
  expect(Object.keys(home.cluster.nodes)).toEqual(["proxmox", "proxmox2", "proxmox3"]);
  expect(lines.join("\n")).toContain(
    "pulumi config set --stack house --secret --path 'homelab:secrets.sites.home.proxmoxToken' VALUE",
  );
  const { nameTable, resources } = imports();
  expect(nameTable["Provider home"]).toBe(
    "urn:pulumi:house::homelab-ha::pulumi:providers:proxmoxve::home-proxmox",
  );
  expect(
    resources.every(
      ({ name, provider }) => name.startsWith("home-") && provider === "Provider home",
    ),
  ).toBe(true);
});

test("a site that was read is replaced with --force only, and comes out the same", async () => {
  const { run, said, text } = await scene(withoutDns);
  await run("home");
  const first = text();
  expect(await said("home")).toMatch(
    /^DIR\/Pulumi\.house\.yaml: homelab:sites\.home\.cluster, homelab:sites\.home\.guests, homelab:sites\.home\.haGroups and DIR\/Pulumi\.house\.home\.import\.json already there; use --force/,
  );
  expect(text()).toBe(first);
  await run("home", true);
  expect(text()).toBe(first);
});

test("rejects a site that is none, a file without sites, and a file that would have mistakes", async () => {
  const { said, text } = await scene(fileOf);
  const before = text();
  expect(await said("hom")).toBe(
    'DIR/Pulumi.house.yaml: there is no site "hom"; did you mean "home"?',
  );
  expect(await said("cottage", true)).toMatch(/127\.0\.0\.1:1/);
  expect(await said("home")).toContain("nothing was written: DIR/Pulumi.house.yaml");
  expect(text()).toBe(before);
  const without = await scene((endpoint) => fileOf(endpoint).replace(/^ +proxmox: .*VPN\n/m, ""));
  expect(await without.said("home")).toContain(
    "homelab:sites.home.proxmox.endpoint: missing, expected the URL of the site's Proxmox API; add it",
  );
  const single = await scene(() => "config: {}\n");
  expect(await single.said("home")).toBe(
    "DIR/Pulumi.house.yaml: this stack has one cluster and no sites; leave out --site home",
  );
});
