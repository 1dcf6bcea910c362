import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, expect, test } from "vitest";
import { rules } from "../../policy/rules/all";
import { editedStack, homelab, root, scratch, startHomelab } from "../support/clusters/homelab";
import { reportIn } from "../support/json";

const { dir, remove } = scratch();
afterAll(remove);

test("a preview without an engine says so, shows plan, policies and resilience, and passes", async () => {
  const { code, stdout, stderr } = await homelab("preview", "--no-engine");
  expect(code, stderr).toBe(0);
  expect(stderr).toMatchInlineSnapshot(`
    "planning homelab with the SDK's mock monitor: --no-engine
    "
  `);
  const lines = stdout.split("\n");
  expect(
    lines
      .slice(0, 5)
      .map((line) => line.replace(/\d+ to create/, "N to create").replace(/\d+ rules/, "N rules")),
  ).toMatchInlineSnapshot(`
    [
      "homelab: no policy is violated; all 13 services survive the loss of any one",
      "  node, if the others have room",
      "  changes    N to create; compared with nothing: every resource counts as new",
      "  checked    no mistake in the stack file; N rules, all pass; the SDK's mock",
      "             monitor instead of Pulumi (--no-engine)",
    ]
  `);
  const heads = lines.filter((line) => /^\S/.test(line));
  expect(
    heads.map((line) =>
      line.replace(/\d+ to create/, "N to create").replace(/\d+ rules/, "N rules"),
    ),
  ).toMatchInlineSnapshot(`
    [
      "homelab: no policy is violated; all 13 services survive the loss of any one",
      "When a node dies: 13 services",
      "Single points of failure",
      "When two nodes die",
      "When you reboot or shut down a node",
      "Virtual addresses: worst-case outage",
      "Guests, by the node that dies",
      "Cutovers: addresses that clients leave",
      "Resources: N to create",
      "no policy is violated; all 13 services survive the loss of any one node, if the",
      "others have room",
    ]
  `);
  expect(stdout).toContain(`; ${rules.length} rules, all pass;`);
  expect(stdout).toContain("\n  TraefikHaPair traefik: ");
  // Names of resources and passing rules are for --all.
  expect(stdout).not.toMatch(/keepalived-conf|vrrp-weight/);
});

test("--all names every resource and every rule, and --width says how wide tables may be", async () => {
  const args = ["preview", "--stack", "matrix", "--no-engine"];
  const [all, narrow] = await Promise.all([
    homelab(...args, "--all"),
    homelab(...args, "--width", "40"),
  ]);
  expect(all.stdout).toContain(" Haresource  gitlab-ha");
  expect(all.stdout).toMatch(/^ {2}pass {2}vrrp-weight /m);
  expect(Math.max(...all.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(Math.max(...narrow.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(40);
});

test.each([
  [
    "matrix: no policy is violated; 4 of 21 services do not survive the loss of one",
    "  node; 12 do not survive the loss of storage ceph-vm-disks",
  ],
  ["two-nodes: no policy is violated; all 3 services survive the loss of any one"],
  [
    "five-nodes: no policy is violated; 2 of 4 services do not survive the loss of",
    "  storage ceph-vms",
  ],
])("the other stacks pass as well: %s", async (...verdict) => {
  const stack = verdict[0]?.split(":")[0] ?? "";
  const { code, stdout } = await homelab("preview", "--stack", stack, "--no-engine");
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, verdict.length)).toEqual(verdict);
});

test("--json prints one document, and neither it nor the progress holds a secret or a colour", async () => {
  const { code, stdout, stderr } = await homelab("preview", "--no-engine", "--json");
  const report = reportIn(stdout);
  expect(code).toBe(0);
  expect(report).toMatchObject({ action: "preview", stack: "homelab", ok: true, problems: [] });
  expect(JSON.parse(stdout).verdict).toEqual({
    text: "no policy is violated; all 13 services survive the loss of any one node, if the others have room",
    tone: "good",
  });
  expect(report.plan?.mode.kind).toBe("mock");
  expect(report.plan?.policies.map(({ violations, unable }) => [violations, unable])).toEqual(
    rules.map(() => [[], []]),
  );
  expect(report.resilience?.single.map(({ failed }) => failed)).toEqual([
    ["proxmox"],
    ["proxmox2"],
    ["proxmox3"],
  ]);
  expect(report.resilience?.double).toHaveLength(3);
  expect(report.virtualAddresses?.map(({ section, name }) => [section, name])).toEqual([
    ["traefikPairs", "traefik"],
    ["apiLoadBalancers", "k8s-api"],
  ]);
  const reported = `${stdout}${stderr}`;
  // Made-up passwords are 64 hexadecimal digits.
  expect(reported).not.toMatch(/\b[0-9a-f]{64}\b/);
  expect(stripVTControlCharacters(reported)).toBe(reported);
});

test("rejects a file with eight mistakes: all of them, each with its place, and nothing registered", async () => {
  const file = editedStack(dir, [
    ["controlNode: proxmox2", "controlNod: proxmox2"],
    ["address: 192.168.1.253", "address: 192.168.1.453"],
    ["vmid: 113", "vmid: 110"],
    ["vip: 192.168.1.101/24", "vip: 10.0.20.205/22"],
    ["guests: [influxdb, postgresql]", "guests: [influxdb, postgres]"],
    ["{ guest: traefik-2, priority: 100 }", "{ guest: traefik-2, priority: 300 }"],
    [
      "    reverse-proxy:\n",
      "    empty:\n      guests: []\n      nodes: { proxmox: 1 }\n    reverse-proxy:\n",
    ],
    ["replicas: 3", "replicas: three"],
  ]);
  const { code, stdout, stderr } = await homelab("preview", "--file", file, "--width", "200");
  expect(code).toBe(1);
  expect(stderr).toBe("");
  expect(stdout.replaceAll(file, "FILE")).toMatchInlineSnapshot(`
    "edited: refused: 8 mistakes in FILE; nothing was registered
      FILE:24: homelab:cluster.controlNod: unknown key "controlNod"; did you mean "controlNode"?
      FILE:154: homelab:guests.adguard.address: found "192.168.1.453", expected an IPv4 or IPv6 address; write four numbers from 0 to 255, e.g. 192.168.1.110
      FILE:70: homelab:guests.postgresql.vmid: 110 is also the VMID of "traefik", and each exists once in a cluster; give "postgresql" the id that Proxmox shows for it
      FILE:176: homelab:traefikPairs.traefik.members[1].priority: found 300, expected a VRRP priority from 1 to 254; give the preferred member the highest, e.g. 200 and 100
      FILE:161: homelab:traefikPairs.traefik.vip: the virtual address 10.0.20.205 of "traefikPairs.traefik" lies in the MetalLB pool "services.metallb" (10.0.20.200-10.0.20.220), which gives it to others; choose an address outside the pool, or shrink the pool
      FILE:199: homelab:haGroups.empty.guests: found [], expected at least 1 element; add what is missing, or remove the key
      FILE:211: homelab:haGroups.databases.guests[1]: there is no guest "postgres" in homelab:guests; did you mean "postgresql"?
      FILE:258: homelab:kubernetesIngress.traefik-lb.replicas: found "three", expected replicas from 2 to 50; write it in digits, e.g. 2
    "
  `);
});

const weight = "weight: -120";
test.each([
  ["-20", 1],
  ["-100", 1],
  ["-101", 0],
  ["-120", 0],
])("the weight %s ends with code %i", async (value, expected) => {
  const file = editedStack(dir, [[weight, `weight: ${value}`]]);
  const { code, stdout } = await homelab("preview", "--no-engine", "--file", file);
  expect(code).toBe(expected);
  if (expected === 1) {
    expect(stdout).toContain("homelab:traefikPairs.traefik.check.weight");
    expect(stdout).toContain("refused: 1 mistake in");
  }
});

test("rejects both members on one node, and names the node", async () => {
  const file = editedStack(dir, [
    [
      "      node: proxmox2\n      address: 192.168.1.110",
      "      node: proxmox\n      address: 192.168.1.110",
    ],
    [
      "      node: proxmox3\n      address: 192.168.1.103",
      "      node: proxmox\n      address: 192.168.1.103",
    ],
  ]);
  const { code, stdout } = await homelab("preview", "--file", file);
  expect(code).toBe(1);
  const found = stdout.split("\n").filter((line) => line.includes("homelab:traefikPairs.traefik"));
  expect(found.map((line) => line.replaceAll(file, "FILE"))).toMatchInlineSnapshot(`
    [
      "  FILE:176: homelab:traefikPairs.traefik.members[1].node: "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node",
    ]
  `);
});

test("a change that takes a service down when a node dies is named in the report", async () => {
  const file = editedStack(dir, [
    [
      "guests: [adguard-2, adguard, kea-dhcp-1, kea-dhcp-2]",
      "guests: [adguard-2, kea-dhcp-1, kea-dhcp-2]",
    ],
    [
      "      node: proxmox2\n      address: 192.168.1.224",
      "      node: proxmox3\n      address: 192.168.1.224",
    ],
  ]);
  const output = join(dir, "report.md");
  const base = join(root, "Pulumi.homelab.yaml");
  const { code, stdout } = await homelab(
    "report",
    "--no-engine",
    "--file",
    file,
    "--diff",
    base,
    "--output",
    output,
  );
  expect([code, stdout]).toEqual([0, ""]);
  const text = readFileSync(output, "utf8");
  expect(text.split("\n")[0]).toBe("<!-- homelab-report:edited -->");
  expect(
    text.split("\n").filter((line) => /^- the loss of .* dns /.test(line)),
  ).toMatchInlineSnapshot(`
    [
      "- the loss of proxmox3 takes dns from "failover 0-5 s" to "restarts 1.9-3.8 min (-15 min)" (adguard-2 and adguard down, until adguard-2 is back: HA fences proxmox3, then starts it on proxmox2 from its replica, at most 15 min old)",
      "- the loss of proxmox and proxmox2 takes dns from "waits" to "down" (adguard-2 and adguard down, until adguard-2 is back: the cluster has 1 of 3 votes and needs 2: proxmox3 carries HA guests and resets itself after 60 s, and nothing starts there without quorum)",
    ]
  `);
});

test.each([
  [
    "an unknown stack",
    ["preview", "--stack", "homelap"],
    'there is no stack "homelap", only five-nodes, homelab, matrix and two-nodes; did you mean "homelab"?',
  ],
  [
    "an unknown option",
    ["preview", "--stakc", "homelab"],
    "error: unknown option '--stakc'\n(Did you mean --stack?)",
  ],
  [
    "a site of a command for all of them",
    ["preview", "--site", "home"],
    "error: unknown option '--site': homelab preview works on the whole stack, with all of its sites; leave it out",
  ],
  [
    "a site of a command that writes one cluster",
    ["init", "--stack", "house", "--site", "home"],
    "error: unknown option '--site': homelab init writes a file with one cluster; put its sections below homelab:sites.NAME afterwards",
  ],
  ["an unknown command", ["prewiew"], "error: unknown command 'prewiew'\n(Did you mean preview?)"],
  [
    "a file that is not there",
    ["preview", "--file", "nowhere.yaml"],
    "there is no file nowhere.yaml",
  ],
  [
    "a width that no table fits in",
    ["preview", "--width", "12"],
    "error: option '--width <characters>' argument '12' is invalid. expected a number from 40 to 1000",
  ],
  [
    "an unknown format",
    ["report", "--format", "pdf"],
    "error: option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, markdown, json, html, svg.",
  ],
  [
    "an update of the real platforms",
    ["up"],
    "homelab up only rehearses; add --simulated, or change the real platforms with: pulumi up --policy-pack policy --stack homelab",
  ],
  [
    "a file that is no report",
    ["comment", "--report", "LICENSE"],
    "the file is not a report; write it with: npx homelab report --output",
  ],
])("rejects %s", async (_what, args, message) => {
  expect(await homelab(...args)).toEqual({ code: 2, stdout: "", stderr: `${message}\n` });
});

test("it works from any folder", async () => {
  const { code, stdout } = await startHomelab(["preview", "--no-engine", "--json"], dir).ended;
  expect(code).toBe(0);
  expect(reportIn(stdout).file).toBe(join(root, "Pulumi.homelab.yaml"));
  expect(existsSync(join(dir, ".cache"))).toBe(false);
});
