import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runProgram } from "../../../../bench/mock-run";
import { houseOf } from "../../../../cli/commands/runbook/house";
import { parseStackFile } from "../../../../config/file/parse-file";
import { REHEARSED } from "../../../../lab/pair/runbook";
import { procedures } from "../../../../model/runbook/runbook";
import type { Procedure } from "../../../../model/runbook/types";
import { runOnNode } from "../../../../sim/proxmox/node-commands";
import { worldFromStack } from "../../../../sim/seed";
import { World } from "../../../../sim/world";
import { root } from "../../../support/clusters/homelab";
import { stackData, stackOf } from "../../../support/clusters/stacks";

/**
 * How each procedure is run by a test: on the simulated cluster (below), on real hosts
 * (`make lab ARGS=drill`), by itself (below), or by tests of the commands that it consists of: files, and words of each.
 */
const tested: Readonly<
  Record<string, "cluster" | "lab" | "here" | Readonly<Record<string, string>>>
> = {
  "node-lost": "cluster",
  "quorum-lost": "cluster",
  "stale-replica": "cluster",
  "unclean-stop": "cluster",
  "ha-error": "cluster",
  "planned-reboot": "cluster",
  replace: "cluster",
  "cold-start": "cluster",
  "address-missing": "lab",
  "two-masters": "lab",
  "member-unhealthy": "lab",
  "replication-stopped": "lab",
  "certificate-expired": "here",
  "tunnel-down": "here",
  "member-leaves": { "lab/pair/third-member.ts": "leaving: [third]" },
  "state-locked": {
    "test/engine/recover.test.ts": "stack.cancel()",
    "test/engine/backends/shared-state.test.ts": "startPostgres",
  },
};

const stacks = ["homelab", "two-nodes", "five-nodes", "matrix"];
const houses = stacks.map((stack) => houseOf(stack, stackOf(stackData(stack))));
const all = houses.flatMap((house) => procedures(house).map((procedure) => ({ house, procedure })));

/** The kind of a procedure: its id without the name of a node. */
const kindOf = ({ id }: Procedure) =>
  Object.keys(tested).find((kind) => id === kind || id.startsWith(`${kind}-`));

test("every procedure has its test, and every test its procedure", () => {
  expect(all.filter(({ procedure }) => kindOf(procedure) === undefined)).toEqual([]);
  const kinds = new Set(all.map(({ procedure }) => kindOf(procedure)));
  // A certificate of its own is in no sample stack; it is run below.
  expect([...kinds, "certificate-expired"].sort()).toEqual(Object.keys(tested).sort());
  const inLab = Object.keys(tested).filter((kind) => tested[kind] === "lab");
  expect(REHEARSED.map(({ id }) => id).sort()).toEqual(inLab.sort());
  for (const test of Object.values(tested)) {
    if (typeof test !== "string") expectTests(test);
  }
});

/** Where a command of a procedure that is for no host is run: files, and words of each. */
const commands: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "homelab status": { "lab/pair/runbook.ts": "await status()" },
  "homelab rollback": { "test/engine/ssh.test.ts": "rollbackScript(" },
  "homelab recover": { "test/engine/recover.test.ts": "recover(stack)" },
  "homelab preview": { "test/engine/earlier-state.test.ts": '"preview"' },
  "homelab restore": { "lab/scenarios/restore.ts": "await restore(" },
  "homelab sync-state": { "test/engine/relocation/moved.test.ts": "sync-state" },
  "homelab audit": { "test/cli/commands/audit.test.ts": '"audit"' },
  "homelab simulate": { "test/cli/commands/simulate.test.ts": '"simulate"' },
  "homelab switch": { "test/cli/commands/switch.test.ts": "switch" },
  "pulumi up": { "lab/pair/third-member.ts": "deployment.up(" },
  "pulumi cancel": { "test/engine/recover.test.ts": "stack.cancel()" },
  "pulumi preview": { "test/engine/gone-by-hand.test.ts": "refresh" },
};

function expectTests(files: Readonly<Record<string, string>>): void {
  for (const [file, runs] of Object.entries(files)) {
    expect(existsSync(join(root, file)), file).toBe(true);
    expect(readFileSync(join(root, file), "utf8")).toContain(runs);
  }
}

test("every command of a procedure that is for no host is run by a test", () => {
  const used = new Set(
    all.flatMap(({ procedure }) =>
      procedure.steps.flatMap(({ commands: lines = [] }) =>
        lines
          .filter((line) => /^(homelab|pulumi) /.test(line))
          .map((line) => line.split(" ").slice(0, 2).join(" ")),
      ),
    ),
  );
  expect([...used].filter((command) => commands[command] === undefined)).toEqual([]);
  for (const files of Object.values(commands)) expectTests(files);
});

test.each(stacks.map((stack, index) => ({ stack, index })))(
  "$stack: every command for a node is taken by the simulated cluster, in order",
  ({ stack, index }) => {
    const house = houses[index];
    if (!house) throw new Error("no such stack");
    const nodes = new Set(house.nodes.map(({ address }) => address));
    const own = procedures(house).filter((one) => tested[kindOf(one) ?? ""] === "cluster");
    expect(own.length).toBeGreaterThan(house.nodes.length);
    for (const { id, steps } of own) {
      const world = World.inMemory(worldFromStack(stackOf(stackData(stack))));
      const commands = steps.flatMap(({ commands = [] }) => commands);
      for (const command of commands.filter((line) => line.startsWith("ssh "))) {
        const [, target = "", ...words] = command.replace("ssh -t ", "ssh ").split(" ");
        const address = target.split("@")[1] ?? "";
        if (!nodes.has(address) && address !== "NEW-ADDRESS") {
          throw new Error(`${id}: ${command} goes to no node`);
        }
        expect([id, command, typeof runOnNode(world, words)]).toEqual([id, command, "string"]);
      }
    }
  },
);

test("a command that no node has is refused by the same cluster", () => {
  const world = World.inMemory(worldFromStack(stackOf(stackData("homelab"))));
  for (const command of ["pvecm destroy", "ha-manager crm-command node-maintenence enable a"]) {
    expect(() => runOnNode(world, command.split(" "))).toThrow();
  }
});

test("the command for certificates names the end of each one", () => {
  const [house] = houses;
  const [pair] = house?.pairs ?? [];
  if (!house || !pair) throw new Error("the stack has no pair");
  const directory = mkdtempSync(join(tmpdir(), "runbook-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", join(directory, "a.key")];
  const self = ["req", "-x509", ...key, "-subj", "/CN=house.test", "-days", "3"];
  execFileSync("openssl", [...self, "-out", join(directory, "a.crt")], { stdio: "ignore" });
  const certificates = { directory, owner: "traefik" };
  const found = procedures({ ...house, pairs: [{ ...pair, certificates }] });
  const procedure = found.find(({ id }) => id === "certificate-expired");
  const [command = ""] = procedure?.steps.flatMap(({ commands = [] }) => commands) ?? [];
  // The shell of the caller takes the quotes off, the one of the host runs the rest.
  const remote = command.split(" ").slice(2).join(" ");
  const shown = execFileSync("sh", ["-c", `sh -c ${remote}`], { encoding: "utf8" });
  expect(shown).toMatch(/subject=.*house\.test\nnotAfter=/);
});

test("the command for a tunnel selects the connectors that the program makes", async () => {
  const [house] = houses;
  if (!house) throw new Error("no such stack");
  const procedure = procedures(house).find(({ id }) => id === "tunnel-down");
  const command = procedure?.steps.flatMap(({ commands = [] }) => commands)[0] ?? "";
  const [name = "", value = ""] = (/--selector (\S+)/.exec(command)?.[1] ?? "").split("=");
  const registered = await runProgram(stackData("homelab"));
  const labels = registered
    .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
    .map(({ inputs }) => JSON.stringify(inputs));
  expect(
    labels.some((text) => text.includes(`${JSON.stringify(name)}:${JSON.stringify(value)}`)),
  ).toBe(true);
});

test("a tunnel that hosts hold open has the commands for them, and none for pods", () => {
  const text = readFileSync(join(root, "examples/Pulumi.tunnel-only.yaml"), "utf8");
  const { stack } = parseStackFile(text).parsed;
  if (!stack) throw new Error("the example is refused");
  const house = houseOf("home", stack);
  const procedure = procedures(house).find(({ id }) => id === "tunnel-down");
  const commands = procedure?.steps.flatMap((step) => step.commands ?? []) ?? [];
  const [connector] = house.connectors ?? [];
  const [first = "", second = ""] = connector?.hosts ?? [];
  expect(commands.filter((command) => command.includes("kubectl"))).toEqual([]);
  for (const host of [first, second]) {
    const at = `ssh ${house.user}@${host}`;
    expect(commands).toContain(`${at} systemctl status --no-pager cloudflared-home.service`);
    expect(commands).toContain(
      `${at} curl -sS -m 3 http://127.0.0.1:${connector?.metricsPort}/ready`,
    );
    expect(commands).toContain(`${at} systemctl restart cloudflared-home.service`);
  }
});
