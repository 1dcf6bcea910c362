import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { mockConfig } from "../../../cli/run/mock-config";
import { parseWholeFile, sitesIn } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { program } from "../../../program";
import { runWithMocks } from "../../../sim/mocks";
import { worldFromSites } from "../../../sim/seed";
import { put } from "../../support/clusters/stacks";
import { threeSites } from "../../support/clusters/three-sites";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOgLTcZAcSPSarIPIK8Vsy9as/H3n6Cv9hq8toPenT0X";

/** The resolvers of the example, with a change of how their hosts are reached. */
function house(ssh: object): string {
  const data = parse(readFileSync("examples/Pulumi.two-node-dns.yaml", "utf8"));
  put(data.config, ["homelab:cluster", "ssh"], ssh);
  return stringify(data);
}

const problems = (text: string) => {
  const { parsed } = parseWholeFile(text);
  return ("warnings" in parsed ? parsed.warnings : parsed.problems).map(problemText);
};

/** Connections of everything that is made over SSH. */
async function connections(text: string) {
  const { file, parsed } = parseWholeFile(text);
  const sites = sitesIn(parsed);
  const resources = await runWithMocks(() => program({ sshPrivateKey: "a key" } as never), {
    project: "homelab-ha",
    stack: "dns",
    config: mockConfig(file.own, sites),
    world: worldFromSites(sites),
  });
  return resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ inputs }) => inputs.connection as Record<string, unknown>);
}

test("every command goes through the jump host, with its own pinned key and the same private key", async () => {
  const found = await connections(
    house({ proxy: { host: "vpn.example.org", user: "jump", hostKey } }),
  );
  expect(found.length).toBeGreaterThan(20);
  const ways = new Set(found.map(({ proxy }) => JSON.stringify(proxy)));
  expect([...ways].map((way) => JSON.parse(way))).toMatchObject([
    { host: "vpn.example.org", port: 22, user: "jump", hostKey, privateKey: "a key" },
  ]);
});

test("without one, a connection has what it always had", async () => {
  const [first] = await connections(house({}));
  expect(Object.keys(first ?? {}).sort()).not.toContain("proxy");
});

test("rejects a jump host without a key of its own, or with what is no host", () => {
  const cases = [
    { proxy: { host: "vpn.example.org" } },
    { proxy: { host: "ssh://vpn.example.org", hostKey } },
    { proxy: { host: "vpn.example.org", hostKey, key: "x" } },
    { proxy: { host: "vpn.example.org", hostKey, port: 0 } },
  ];
  expect(cases.map((ssh) => problems(house(ssh)))).toMatchInlineSnapshot(`
    [
      [
        "homelab:cluster.ssh.proxy.hostKey: missing, expected a public SSH host key; add it",
      ],
      [
        "homelab:cluster.ssh.proxy.host: found "ssh://vpn.example.org", expected an address or a host name without scheme, port and path; write e.g. vpn.example.org",
      ],
      [
        "homelab:cluster.ssh.proxy.key: unknown key "key"; "hostKey" is there already; remove one of them",
      ],
      [
        "homelab:cluster.ssh.proxy.port: found 0, expected a port from 1 to 65535; choose a free port",
      ],
    ]
  `);
});

test("two sites may log in to one private address through jump hosts of their own, and not without", () => {
  const twins = (proxy: boolean) => {
    const data = parse(threeSites());
    const sites = data.config["homelab:sites"];
    for (const site of ["home", "cottage"]) {
      put(sites, [site, "haGroups"], { one: { guests: ["photos"], nodes: { pve1: 1 } } });
      put(sites, [site, "cluster", "nodes", "pve1", "hostKey"], hostKey);
    }
    if (proxy) put(sites.cottage.cluster, ["ssh"], { proxy: { host: "vpn.example.org", hostKey } });
    return problems(stringify(data)).filter((text) => text.includes("is logged in to"));
  };
  expect(twins(true)).toEqual([]);
  expect(twins(false)).toHaveLength(1);
});
