import { expect, test } from "vitest";
import { parseStackFile } from "../../config/file/parse-file";
import { problemText } from "../../config/file/problem";
import { readStackFile } from "../../config/file/stack-file";
import { stackText } from "../support/clusters/stacks";

test("knows the line of a place, and of the nearest place above one that is missing", () => {
  const text = stackText("homelab");
  const file = readStackFile(text);
  const line = (needle: string) => text.split("\n").findIndex((row) => row.includes(needle)) + 1;
  expect(file.lineOf(["traefikPairs", "traefik", "check", "weight"])).toBe(line("weight: -120"));
  expect(file.lineOf(["cluster", "controlNode"])).toBe(line("controlNode:"));
  expect(file.lineOf(["guests", "traefik", "vmd"])).toBe(line("vmid: 110"));
});

test("sees that a secret is set without reading it", () => {
  const file = readStackFile(
    "config:\n  homelab:secrets:\n    statsPasswords:\n      api: { secure: AAAB }\n",
  );
  expect(file.hasSecret(["statsPasswords", "api"])).toBe(true);
  expect(file.hasSecret(["statsPasswords", "other"])).toBe(false);
  expect(file.data).toEqual({});
});

const reported = (text: string) => {
  const { parsed } = parseStackFile(text);
  const problems = parsed.stack ? parsed.warnings : parsed.problems;
  return problems.map((problem) => {
    const { outside } = problem;
    return `${outside ? `${outside.line}:${outside.column} ` : ""}${problemText(problem)}`;
  });
};

test("rejects what is no stack file, with the first mistake only", () => {
  const texts = {
    bracket: "config:\n  homelab:cluster: {\n",
    quote: 'config:\n  homelab:a:\n    name: "x\n    b: {c: d\n  homelab:e: [\n',
    tab: "config:\n\thomelab:cluster: 1\n",
    column: "config:\n  homelab:a: 1\n homelab:b: 2\n   homelab:c: 3\n",
    twice: "config:\n  homelab:a: 1\n  homelab:a: 2\n",
    alias: "config:\n  homelab:a: { b: *prod }\n",
    documents: "config: {}\n---\nconfig: {}\n",
    long: `a: "b" ${"c".repeat(500)}\n d: [`,
    list: "- config\n",
    config: "config: [a]\n",
    margin: "config:\nhomelab:cluster: {}\nhomelab:guests: {}\n",
  };
  const problems = Object.entries(texts).map(([name, text]) => [name, reported(text)]);
  expect(Object.fromEntries(problems)).toMatchInlineSnapshot(`
    {
      "alias": [
        "2:19 YAML: found *prod, but there is no anchor &prod before it, expected a text; put text that begins with * in quotes, or write &prod where the value is stated first",
      ],
      "bracket": [
        "2:20 YAML: found a { that nothing closes, expected a }; add it at the end of the list or map that begins here",
      ],
      "column": [
        "3:1 YAML: found 1 space before "homelab:b: 2" and 2 in the line above, expected keys of one map in one column; align it",
      ],
      "config": [
        "1:1 YAML: found no map "config:" with the sections of homelab:, expected a stack file; see https://github.com/homelab-ha/homelab-ha/blob/main/docs/configuration.md",
      ],
      "documents": [
        "2:1 YAML: found a second document that begins here, expected one; remove the line ---",
      ],
      "list": [
        "1:1 YAML: found no map "config:" with the sections of homelab:, expected a stack file; see https://github.com/homelab-ha/homelab-ha/blob/main/docs/configuration.md",
      ],
      "long": [
        "1:4 YAML: found "a: \\"b\\" cccccccccccccccccccccccccccccccccccccccc...", expected YAML (nested mappings are not allowed in compact mappings); correct the line",
      ],
      "margin": [
        "2:1 homelab:cluster: "homelab:cluster" is at the left margin, expected it below "config:"; indent it",
      ],
      "quote": [
        "3:11 YAML: found a quote that nothing closes, expected the same quote at the end of the text; add it",
      ],
      "tab": [
        "2:2 YAML: found a tab, expected spaces; indent with two spaces for each level",
      ],
      "twice": [
        "3:3 homelab:a: found "homelab:a" a second time, first in line 2, expected each key once; keep one of them",
        "homelab:a: unknown key "a"; known are apiLoadBalancers, backups, cluster, cutovers, dns, files, guests, haGroups, kubernetes, kubernetesIngress, monitoring, resilience, servicePairs, traefikPairs, tunnels; write one of them",
        "homelab:cluster: missing, expected a map; add it with pveVersion, nodes, segments, storages (and, where needed, name, failureDomains, scheduler, shutdownPolicy, haManager, tokenCoefficientMs, quorumDevice, outside)",
        "homelab:guests: missing, expected a map; add it: an entry for each by name, with vmid, type, node, storage (and, where needed, purpose, address, diskGb, memoryMb, cores, serves, replicated, needs)",
      ],
    }
  `);
});

test("rejects keys that nothing reads, and not what would follow from them", () => {
  const text = stackText("homelab")
    .replace("homelab:traefikPairs:", "homelb:traefikPair:")
    .replace("homelab:tunnels:", "tunnels:")
    .concat("  homelab-ha:whatever: 1\n  HomeLab:secret: {}\n");
  expect(reported(text)).toMatchInlineSnapshot(`
    [
      "159:3 homelb:traefikPair: nothing reads the namespace "homelb"; did you mean "homelab:traefikPairs"?",
      "260:3 tunnels: a key without namespace belongs to the project homelab-ha, and nothing reads it there; did you mean "homelab:tunnels"?",
      "379:3 homelab-ha:whatever: nothing reads the namespace "homelab-ha"; write homelab: and a section: known are apiLoadBalancers, backups, cluster, cutovers, dns, files, guests, haGroups, kubernetes, kubernetesIngress, monitoring, resilience, secrets, servicePairs, sites, traefikPairs, tunnels; write one of them",
      "380:3 HomeLab:secret: nothing reads the namespace "HomeLab"; did you mean "homelab:secrets"?",
    ]
  `);
});

test("namespaces of providers and of Pulumi are left alone", () => {
  const others = ["proxmoxve:endpoint", "cloudflare:apiToken", "kubernetes:context"];
  const all = [...others, "pulumi:disable-default-providers", "homeassistant:url", "gitlab:token"];
  const text = `${stackText("homelab")}${all.map((key) => `  ${key}: x\n`).join("")}`;
  expect(reported(text)).toEqual([]);
});

test("rejects numbers that YAML has and JSON has not, and shows them", () => {
  const text = stackText("homelab")
    .replace("virtualRouterId: 51", "virtualRouterId: .nan")
    .replace("vmid: 113", "vmid: -.inf");
  expect(reported(text)).toMatchInlineSnapshot(`
    [
      "homelab:guests.postgresql.vmid: found -.inf, expected a VMID from 100 to 999999999; use the id that Proxmox shows for the guest",
      "homelab:traefikPairs.traefik.virtualRouterId: found .nan, expected a virtual router id from 1 to 255; choose one that no other router on the segment uses",
    ]
  `);
});

test("rejects a secret in plain text without showing it, and a name that is no secret", () => {
  const { parsed } = parseStackFile(
    `${stackText("matrix")}
  homelab:secrets:
    sshPrivateKey: hunter2-hunter2
    statsPassword: { k8s-api: { secure: AAAB } }
`,
  );
  const problems = "problems" in parsed ? parsed.problems : [];
  expect(problems.map(problemText)).toMatchInlineSnapshot(`
    [
      "homelab:secrets.statsPassword: unknown key "statsPassword"; did you mean "statsPasswords"?",
      "homelab:secrets.sshPrivateKey: found plain text (not shown here), expected an encrypted value; replace it, because it was readable, and run: pulumi config set --secret --path 'homelab:secrets.sshPrivateKey' VALUE",
    ]
  `);
});

test("reads merge keys as Pulumi does", () => {
  const { data } = readStackFile(
    "config:\n  homelab:guests:\n    a: &a { vmid: 100, type: ct }\n    b: { <<: *a, vmid: 101 }\n",
  );
  expect(data).toEqual({
    guests: { a: { vmid: 100, type: "ct" }, b: { vmid: 101, type: "ct" } },
  });
});
