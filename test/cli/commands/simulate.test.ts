import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type SimulateOptions, simulateStack } from "../../../cli/commands/simulate/run";
import { simulationText } from "../../../cli/commands/simulate/text";
import { readEarlier } from "../../../cli/lib/earlier-stack";
import { plain } from "../../../cli/report/paint";
import { editedStack, homelab, root, scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

const lines = (options: SimulateOptions, all = false) =>
  simulationText(simulateStack(options), { paint: plain, width: 100, all });

const refusal = (options: SimulateOptions) => {
  try {
    simulateStack(options);
  } catch (error) {
    return String(error);
  }
  return "accepted";
};

const secondDnsGone = () =>
  editedStack(dir, [
    ["      serves: dns\n      startup: { order: 1 }", "      startup: { order: 1 }"],
  ]);

test("one case as a person sees it", () => {
  expect(`\n${lines({ stack: "matrix", fail: ["niobe"] }).join("\n")}\n`).toMatchInlineSnapshot(`
    "
    The loss of niobe, step by step
      t+0 s         niobe is off (crash or power) with 2 guests; the disks are whole
      t+5-10.9 s    corosync misses the token, then agrees on who is left: 4 of 5 nodes are left, 3
                    votes are needed: quorum is kept [1]
      t+10.9-120 s  if HA's master was on niobe, another node takes its lock over; any node may be the
                    master [2]
      t+60-180 s    the master has not seen niobe for 60 s: its guests go to "fence" [3]
      t+110-215 s   the lock of niobe has run out, so its watchdog has fired: it counts as fenced, and
                    its guests go to "recovery" [2]
      t+115-225 s   HA starts monitoring-stack on trinity from its replica (priority 1 in group
                    niobe-critical, the only node that is left of these); up to 60 s of data are lost
                    [4]
      afterwards    iot-management: it never moves (usb Z-Wave stick): off until niobe returns

      [1] corosync.conf(5): token 3000 ms + (nodes - 2) × token_coefficient = 4.95 s, consensus 1.2 × token
      [2] pve-ha-manager, Env/PVE2.pm: locks of pmxcfs run out after 120 s
      [3] pve-ha-manager, NodeStatus.pm: fence_delay 60 s
      [4] a bound: pve-ha-manager with its real round lengths, 115 to 155 s for a worker node, up to 225 s for the master's; the documentation says about 2 minutes

    Services: time without (RTO), data lost (RPO)
      monitoring-stack  restarts 1.9-3.8 min (-1 min)  on trinity
      iot-management    down

    Guests
      monitoring-stack  restarts 1.9-3.8 min (-1 min)  on trinity
      iot-management    down

    quorum kept; 1 of 21 services down: iot-management
    "
  `);
});

test("names are separated by commas, or the flag is repeated; ceph means every Ceph storage", () => {
  const failed = (...fail: string[]) => {
    const found = simulateStack({ stack: "matrix", fail });
    return found.kind === "case" ? found.report.failed : [];
  };
  expect(failed("neo, smith")).toEqual(["neo", "smith"]);
  expect(failed("neo", "smith")).toEqual(["neo", "smith"]);
  expect(failed("ceph")).toEqual(["ceph-vm-disks"]);
  expect(failed("corosync", "neo")).toEqual(["corosync", "neo"]);
});

test("rejects what cannot fail, and says what was meant", () => {
  expect([
    refusal({ fail: ["proxmx3"] }),
    refusal({ fail: ["adguard"] }),
    refusal({ fail: ["proxmox,,proxmox2"] }),
    refusal({ fail: ["everything"] }),
    refusal({ fail: ["ceph"] }),
    refusal({ fail: ["proxmox"], diff: "HEAD" }),
    refusal({ diff: "no-such-commit" }),
    refusal({ diff: "-x" }),
    refusal({ diff: join(root, "Pulumi.matrix.yaml") }).replace(root, "…"),
    refusal({ diff: join(root, "package.json") })
      .replace(root, "…")
      .slice(0, 60),
  ]).toMatchInlineSnapshot(`
    [
      "Error: there is no node, guest, failure domain or storage "proxmx3" in this stack; did you mean "proxmox3"?",
      "accepted",
      "Error: found an empty name in --fail "proxmox,,proxmox2"; write names separated by commas, e.g. --fail proxmox,proxmox2",
      "Error: there is no node, guest, failure domain or storage "everything" in this stack; known are backups, corosync, corosync:proxmox, corosync:proxmox2, corosync:proxmox3, disks:proxmox, disks:proxmox2, disks:proxmox3, proxmox, proxmox2, proxmox3; write one of them",
      "Error: there is no node, guest, failure domain or storage "ceph" in this stack; known are backups, corosync, corosync:proxmox, corosync:proxmox2, corosync:proxmox3, disks:proxmox, disks:proxmox2, disks:proxmox3, proxmox, proxmox2, proxmox3; write one of them",
      "Error: found --fail and --diff, expected one of them; --diff tries every loss",
      "Error: there is no file no-such-commit, and no commit of that name in the repository of Pulumi.homelab.yaml; name a stack file, or a commit such as HEAD~1",
      "Error: found --diff "-x", expected a stack file or a git commit such as HEAD~1",
      "Error: …/Pulumi.matrix.yaml has no node in common with this stack; nothing can be compared",
      "Error: today's checks refuse …/package.json: homelab:cluster",
    ]
  `);
});

test("what a person does to a node, and a cut network, stand alone", () => {
  const head = (name: string) => lines({ stack: "matrix", fail: [name] })[0];
  expect(
    [
      "reboot:neo",
      "shutdown:neo",
      "maintenance:neo",
      "return:neo",
      "cold-start",
      "partition:neo,smith",
      "corosync:neo",
    ].map(head),
  ).toEqual([
    "reboot:neo, step by step",
    "shutdown:neo, step by step",
    "maintenance:neo, step by step",
    "return:neo, step by step",
    "cold-start, step by step",
    "partition:neo,smith, step by step",
    "corosync:neo, step by step",
  ]);
  expect(refusal({ fail: ["reboot:proxmx2"] })).toContain("did you mean");
  expect(refusal({ fail: ["reboot:proxmox2,proxmox"] })).toContain("it stands alone");
  expect(refusal({ fail: ["partition:proxmox,nowhere"] })).toContain("expected partition:");
  expect(refusal({ fail: ["certificate:traefik"] })).toContain("there is no");
});

test("every loss: nodes, shared storages, corosync, pairs, and the worst for each service and guest", () => {
  const text = lines({ stack: "matrix" });
  expect(text.filter((line) => !line.startsWith(" ") && line !== "")).toMatchInlineSnapshot(`
    [
      "matrix: the loss of each of 5 nodes, of each failure domain and shared storage, and of corosync everywhere",
      "Every two nodes: 10 pairs",
      "Worst case of each service",
      "Worst case of each guest",
      "Single points of failure",
    ]
  `);
  const first = text
    .slice(1, text.indexOf(""))
    .filter((line) => /^ {2}\S/.test(line))
    .map((line) => line.trim().split(/ {2,}/).slice(0, 2));
  expect(first).toEqual([
    ["oracle", "quorum kept"],
    ["trinity", "quorum kept"],
    ["neo", "quorum kept"],
    ["niobe", "quorum kept"],
    ["smith", "quorum kept"],
    ["ceph-vm-disks", "Ceph without quorum"],
    ["corosync", "Proxmox without quorum"],
  ]);
  expect(
    text
      .find((line) => line.includes("openbao  "))
      ?.trim()
      .split(/ {2,}/),
  ).toEqual(["openbao", "restarts 1.9-3.8 min (-1 min)", "oracle", "waits", "oracle + trinity"]);
});

test("failure domains and memory of a stack file are judged", () => {
  const file = editedStack(dir, [
    [
      "    # Not `proxmox`: it is",
      "    failureDomains:\n      ups: { kind: ups, nodes: [proxmox2, proxmox3] }\n    # Not `proxmox`: it is",
    ],
    ["      proxmox:\n", "      proxmox:\n        memoryGb: 4\n"],
    ["    postgresql:\n", "    postgresql:\n      memoryMb: 3000\n"],
  ]);
  expect(refusal({ file, fail: ["upss"] })).toContain('did you mean "ups"?');
  const text = lines({ file, fail: ["proxmox3"] }).join("\n");
  expect(text).toMatch(/postgresql on proxmox2 .*after finding no room on proxmox/s);
  const all = lines({ file });
  expect(
    all.some((line) => /^ {2}ups +Proxmox without quorum +all 13 services down/.test(line)),
  ).toBe(true);
  const whole = all.map((line) => line.trim()).join(" ");
  expect(whole).toContain(
    "N+1: every guest finds memory after any loss; least is left on proxmox after the loss of proxmox2: 2 GB of 2 GB (as far as known: memoryGb is stated for 1 of 3 nodes, memoryMb for 1 of 13 guests)",
  );
});

test("a change that makes DNS depend on proxmox3 is said in words, and is worse", () => {
  const found = simulateStack({ file: secondDnsGone(), diff: join(root, "Pulumi.homelab.yaml") });
  expect(found).toMatchObject({ kind: "difference", worse: true });
  const text = simulationText(found, { paint: plain, width: 100, all: false });
  expect(text[1]).toBe(
    "  this change makes dns depend on proxmox3: without it, restarts 1.9-3.8 min (-15 min) (HA fences proxmox3, then starts it on proxmox2 from its replica, at most 15 min old)",
  );
  expect(text.at(-1)).toBe("worse for dns");
});

test("the other way round it no longer depends, and the same file differs in nothing", () => {
  const found = simulateStack({ diff: secondDnsGone() });
  expect(found).toMatchObject({ kind: "difference", worse: false });
  expect(simulationText(found, { paint: plain, width: 100, all: false })[1]).toBe(
    "  dns no longer depends on proxmox3: its loss meant restarts 1.9-3.8 min (-15 min)",
  );
  expect(lines({ diff: join(root, "Pulumi.homelab.yaml") }).at(-1)).toBe("no change in resilience");
});

test("an earlier stack file is a file, or the present one at a commit", () => {
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args],
      {
        encoding: "utf8",
      },
    );
  git("init", "--quiet");
  const file = join(dir, "Pulumi.kept.yaml");
  for (const text of ["first\n", "second\n"]) {
    writeFileSync(file, text);
    git("add", "Pulumi.kept.yaml");
    git("commit", "--quiet", "--message", text.trim());
  }
  expect(readEarlier("HEAD~1", file).text).toBe("first\n");
  expect(readEarlier("HEAD", file).text).toBe("second\n");
  expect(readEarlier(file, file).text).toBe("second\n");
  expect(() =>
    readEarlier("HEAD", join(dir, "Pulumi.new.yaml")),
  ).toThrowErrorMatchingInlineSnapshot(
    `[Error: commit HEAD has no Pulumi.new.yaml; name a commit that has it, or an earlier stack file]`,
  );
  expect(() => readEarlier("HEAD~9", file)).toThrowErrorMatchingInlineSnapshot(
    `[Error: there is no file HEAD~9, and no commit of that name in the repository of Pulumi.kept.yaml; name a stack file, or a commit such as HEAD~1]`,
  );
});

test("exit codes: 0 for a case, 1 for a change for the worse or a refused file, 2 for a slip of the keyboard", async () => {
  const worse = await homelab(
    "simulate",
    "--file",
    secondDnsGone(),
    "--diff",
    "Pulumi.homelab.yaml",
  );
  expect([worse.code, worse.stderr]).toEqual([1, ""]);
  const slip = await homelab("simulate", "--fail", "proxmx");
  expect(slip).toMatchObject({ code: 2, stdout: "" });
  const json = await homelab("simulate", "--fail", "proxmox2", "--json");
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({ kind: "case", report: { failed: ["proxmox2"] } });
  const file = editedStack(dir, [["node: proxmox3\n", "node: proxmox9\n"]]);
  const refused = await homelab("simulate", "--file", file, "--json");
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ kind: "refused" });
});

test("homelab phases says what comes first, and that nothing is pending where nothing is", async () => {
  const [{ code, stdout }, narrow] = await Promise.all([
    homelab("phases", "--stack", "matrix", "--width", "140"),
    homelab("phases", "--stack", "matrix", "--width", "60"),
  ]);
  expect(code).toBe(0);
  expect(Math.max(...narrow.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(stdout).toContain("2. Reinstall, one node at a time\n  reinstall trinity\n");
  expect(stdout).toMatch(
    /oracle +vyos-router, .*restore 1-8 h \(-24 h\) +restarts 1.9-3.8 min \(-1 min\)/,
  );
  const none = await homelab("phases");
  expect(none.stdout).toMatchInlineSnapshot(`
    "nothing is pending in homelab: no ZFS storage names nodes under "pending"
    (cluster.storages.<name>.pending)
    "
  `);
  const today = lines({ stack: "matrix", today: true, fail: ["disks:oracle"] });
  expect(today.some((line) => /^ {2}openbao +restore 1-8 h/.test(line))).toBe(true);
});
