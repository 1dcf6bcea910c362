import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, type CommandArgs } from "@pulumi/command/remote/command";
import { ComponentResource, output } from "@pulumi/pulumi";
import type { EngineEvent, PolicyEvent } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { TraefikHaPair, type TraefikTransforms } from "../../components/traefik-ha-pair";
import { type Sim, startSim } from "../../sim/server";
import { pair as ourPair } from "../components/vrrp-data";
import { pair } from "../policy/resources";
import { type RawPair, rawPair, soundPair } from "../raw-program/program";

const pack = resolve(__dirname, "..", "..", "policy");
let stateDir: string;
let sim: Sim;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "policy-"));
  sim = await startSim({ nodes: ["proxmox", "proxmox2", "proxmox3"] });
});

afterAll(async () => {
  await sim?.stop();
  if (stateDir) rmSync(stateDir, { recursive: true, force: true });
});

interface Run {
  succeeded: boolean;
  /** What the policies said, as the engine reports it. */
  policies: string[];
  output: string;
}

/** The engine marks colours in its messages: `<{%reset%}>`. */
function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}

/** Runs a program through the real CLI with the pack. */
async function run(
  operation: "preview" | "up",
  program: () => void,
  policyPackConfigs: string[] = [],
): Promise<Run> {
  const stack = await openStack({
    stack: "test",
    project: "raw-traefik-pair",
    program: async () => {
      program();
      return {};
    },
    sim,
    stateDir,
  });
  const events: PolicyEvent[] = [];
  const onEvent = (event: EngineEvent) => {
    if (event.policyEvent) events.push(event.policyEvent);
  };
  const options = { onEvent, policyPacks: [pack], policyPackConfigs, color: "never" as const };
  const reported = () =>
    [
      ...new Set(
        events.map(
          (each) => `[${each.enforcementLevel}] ${each.policyName}: ${plain(each.message)}`,
        ),
      ),
    ].sort();
  try {
    const { stdout, stderr } = await stack[operation](options);
    return { succeeded: true, policies: reported(), output: stdout + stderr };
  } catch (error) {
    return { succeeded: false, policies: reported(), output: String(error) };
  }
}

const variant = (more: Partial<RawPair>) => () => rawPair({ ...soundPair, ...more });

test("a hand-written pair that survives passes without a word", async () => {
  const { output, ...result } = await run("preview", variant({ weight: -120 }));

  expect(result).toEqual({ succeeded: true, policies: [] });
  expect(output).not.toContain("can't run policy");
});

test("rejects a hand-written pair with both containers on one node", async () => {
  const result = await run("preview", variant({ nodes: ["proxmox", "proxmox"] }));

  expect(result.succeeded).toBe(false);
  expect(result.policies).toMatchInlineSnapshot(`
    [
      "[mandatory] pair-on-one-node: Members that share a virtual address run on different Proxmox nodes.
    keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): "traefik" and "traefik-2" are on the same node "proxmox", so its death takes them down with the virtual address; move "traefik-2" to another node (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/pair-on-one-node.md)",
    ]
  `);
});

test("rejects a weight of -20 with priorities 200 and 100", async () => {
  const result = await run("preview", variant({ weight: -20 }));

  expect(result.succeeded).toBe(false);
  expect(result.policies).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: A failed health check moves the virtual address to another member.
    keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("rejects a weight of -100, which is a tie", async () => {
  const result = await run("preview", variant({ weight: -100 }));

  expect(result.succeeded).toBe(false);
  expect(result.policies).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: A failed health check moves the virtual address to another member.
    keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 100, which only ties with 100 of "traefik-2", and a tie keeps the master, so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});

test("a stack may turn a rule into advice in the pack's configuration", async () => {
  const file = join(stateDir, "policies.json");
  writeFileSync(file, JSON.stringify({ "vrrp-weight": "advisory" }));

  const result = await run("preview", variant({ weight: -20 }), [file]);

  expect(result.succeeded).toBe(true);
  expect(result.policies.join()).toContain("[advisory] vrrp-weight: ");
});

/** A component like ours: its facts are its inputs, and it brings one file. */
class Pair extends ComponentResource {
  constructor(facts: Record<string, unknown>) {
    super("homelab:components:TraefikHaPair", "traefik", facts);
    const connection = { host: "192.168.1.110", hostKey: "ssh-ed25519 AAAA" };
    new Command("traefik-conf", { connection, create: "true" }, { parent: this });
    this.registerOutputs({});
  }
}

test("a component is refused before anything of it is created, also without a preview", async () => {
  const before = structuredClone(sim.world.state);
  const check = { weight: -20, intervalSec: 2, timeoutSec: 2, fall: 2, rise: 2 };

  // The Automation API updates without a preview.
  const result = await run("up", () => void new Pair(pair({ check }).props));

  expect(result.succeeded).toBe(false);
  expect(result.policies).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: A failed health check moves the virtual address to another member.
    TraefikHaPair "traefik" check.weight: a failed check lowers "traefik" from 200 to 180, which is not below 150 of "traefik-2", so the virtual address never moves; use weight -51 or lower (for example -60), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
  expect(sim.world.state).toEqual(before);
});

test("a pair of ours passes, and is refused when a transform changes its deployed file", async () => {
  const weaken = (args: CommandArgs): CommandArgs => ({
    ...args,
    stdin: output(args.stdin ?? "").apply((conf) => conf.replace("weight -120", "weight -20")),
  });
  const traefik = (transform: TraefikTransforms) => () =>
    void new TraefikHaPair("traefik", ourPair, { transform });

  const sound = await run("preview", traefik({}));
  const changed = await run("preview", traefik({ keepalivedConf: weaken }));

  expect([sound.succeeded, sound.policies]).toEqual([true, []]);
  expect(sound.output).not.toContain("can't run policy");
  expect(changed.succeeded).toBe(false);
  expect(changed.policies).toMatchInlineSnapshot(`
    [
      "[mandatory] vrrp-weight: A failed health check moves the virtual address to another member.
    keepalived.conf of traefik (192.168.1.110) and traefik-2 (192.168.1.103): a failed check lowers "traefik" from 200 to 180, which is not below 100 of "traefik-2", so the virtual address never moves; use weight -101 or lower (for example -120), or weight 0 (FAULT) (see https://github.com/homelab-ha/homelab-ha/blob/main/docs/policies/vrrp-weight.md)",
    ]
  `);
});
