import { expect } from "vitest";
import { migrateHa } from "../../../cli/commands/migrate-ha/run";
import { migrateGroups, upgradeNodes } from "../../../sim/proxmox/upgrade";
import { engineTest } from "../../support/engine";
import { relocationScene } from "../../support/relocation/relocation";

// A cluster that is upgraded from version 8 to 9, and its groups with it. What the command does in
// every case is in upgrade.test.ts.

const scene = relocationScene(8);
const away = "info: 130 db: runs on pve3, declared on pve1, moved by HA";

engineTest(
  "13: the cluster was upgraded and its groups became rules while a guest was away",
  async () => {
    const { ours, naive, edit, facts } = scene.begin();
    for (const side of [ours, naive]) {
      side.move(130, "pve3");
      side.sim.world.change(({ proxmox }) => {
        upgradeNodes(proxmox);
        migrateGroups(proxmox);
      });
    }
    facts.pveVersion = 9;
    const [plan, harm] = await Promise.all([ours.preview(), naive.preview()]);
    // A second rule for the same guests, which Proxmox refuses, and a group that it does not know.
    expect(harm.others).toEqual(expect.arrayContaining(["create services", "delete services"]));
    expect(plan).toEqual({
      guests: {},
      others: [],
      reported: [
        "warning: the cluster runs Proxmox VE 9.0.3, the stack file says pveVersion 8; when its last node is upgraded, Proxmox turns the HA groups into rules, and refresh, up and destroy fail on them: run `homelab migrate-ha --stack relocation`, then set pveVersion: 9",
        away,
      ],
    });

    const [refreshed, failed] = await Promise.all([ours.refresh(), naive.up()]);
    expect(failed.reported.join("\n")).toContain("is already used in another node affinity rule");
    expect(refreshed.reported).toContain(
      "error: cannot read group: ha groups have been migrated to rules",
    );
    expect(refreshed.guests).toEqual({});

    await migrateHa(ours.stack, { apply: true });
    edit((file) => {
      file["homelab:cluster"].pveVersion = 9;
    });
    // The component knows its new version; nothing in the cluster is touched.
    expect(await ours.preview("refresh")).toEqual({
      guests: {},
      others: ["update services"],
      reported: [away],
    });
  },
);
