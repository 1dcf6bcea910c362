import { expect, onTestFinished } from "vitest";
import { recover } from "../../../cli/commands/recover/run";
import { openStack } from "../../../clients/pulumi/engine";
import type { Fault } from "../../../sim/faults";
import { type SimOptions, startSim } from "../../../sim/server";
import type { GuestMove } from "../../../sim/world";
import {
  createdTwice,
  engineTest,
  killUpAt,
  onlyNightly,
  openScene,
  stateFolder,
} from "../../support/engine";
import { types } from "../../support/platform";
import { homelabToday, stackOf } from "../../support/programs/stacks";

/** Opens `homelab` on platforms as they are before anybody used this program. */
async function scene(options: SimOptions) {
  const sim = await startSim(homelabToday(options));
  onTestFinished(() => sim.stop());
  const env = { PULUMI_SKIP_CHECKPOINTS: "true" };
  const stack = await openStack({ ...stackOf("homelab"), sim, stateDir: stateFolder(), env });
  return { sim, stack };
}

const shown = ({ vmid, from, to, by }: GuestMove) => `${by}: ${vmid} ${from} > ${to}`;

/** Every guest that is not at home, moved before HA has a say, and nothing else. */
const homecoming = [
  "hand: 110 proxmox > proxmox2",
  "hand: 121 proxmox > proxmox3",
  "hand: 130 proxmox3 > proxmox",
  "hand: 134 proxmox > proxmox3",
];

engineTest.each([
  { where: "the HA manager runs", options: {} },
  { where: "HA was never used", options: { haNeverUsed: { pollMs: 2000 } } },
])("the first up where $where brings guests home first, and HA moves none", async ({ options }) => {
  const { sim, stack } = await scene(options);
  const told: string[] = [];
  await stack.preview({
    onEvent: ({ diagnosticEvent }) => {
      if (diagnosticEvent?.severity === "warning") told.push(diagnosticEvent.message);
    },
  });
  expect(told.filter((line) => /not under HA yet/.test(line)).map(plain)).toMatchInlineSnapshot(`
    [
      "110 traefik: runs on proxmox, declared on proxmox2, not under HA yet; this update moves it to proxmox2 before it puts it under HA: down while its disk is copied, about 10 s for each GB; to leave it there, declare \`node: proxmox\`",
      "121 traefik-2: runs on proxmox, declared on proxmox3, not under HA yet; this update moves it to proxmox3 before it puts it under HA: down while its disk is copied, about 10 s for each GB; to leave it there, declare \`node: proxmox\`",
      "130 mqtt-prod: runs on proxmox3, declared on proxmox, not under HA yet; this update moves it to proxmox before it puts it under HA: it restarts there, down for about 20 s; to leave it there, declare \`node: proxmox3\`",
      "134 kea-dhcp-2: runs on proxmox, declared on proxmox3, not under HA yet; this update moves it to proxmox3 before it puts it under HA: it restarts there, down for about 20 s; to leave it there, declare \`node: proxmox\`",
    ]
  `);
  expect(told.join("\n")).not.toMatch(/moved by HA/);
  await stack.up();
  expect((sim.world.state.proxmox.moves ?? []).map(shown).sort()).toEqual(homecoming);
  expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
});

const plain = (line: string) => line.replace(/<\{%.*?%\}>/g, "").trim();

const cut = (type: string): Fault => ({ kind: "apply-then-hang", at: { method: "create", type } });

/** Each day: amid what moves a guest, and amid what makes HA move one. */
const points: readonly { where: string; fault: Fault; nightly?: true }[] = [
  {
    where: "before anything exists",
    fault: { kind: "hang", at: { method: "check" } },
    nightly: true,
  },
  { where: "while a guest is replicated", fault: cut(types.replication), nightly: true },
  { where: "while a guest goes home", fault: cut(types.command) },
  { where: "while Proxmox takes a guest under HA", fault: cut(types.resource), nightly: true },
  { where: "while Proxmox writes a rule", fault: cut(types.rule) },
];

engineTest.each(onlyNightly(points))(
  "a first up killed $where goes on where it stopped",
  async ({ fault }) => {
    const folder = stateFolder();
    await killUpAt(folder, "homelab-today", fault);
    const { stack, sim } = await openScene(folder, "homelab-today");
    await recover(stack);
    await stack.up();
    const { moves = [], guests, haRules } = sim.world.state.proxmox;
    expect(moves.map(shown).sort()).toEqual(homecoming);
    expect(guests["134"]?.node).toBe("proxmox3");
    expect(Object.keys(haRules).sort()).toEqual([
      "ha-group-applications",
      "ha-group-critical-infrastructure",
      "ha-group-databases",
      "ha-group-reverse-proxy",
      "reverse-proxy-apart-ct-110",
    ]);
    expect(createdTwice(sim.world.state)).toEqual([]);
    expect(Object.keys((await stack.up()).summary.resourceChanges ?? {})).toEqual(["same"]);
  },
);
