import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rehearseRestore } from "../../../../cli/commands/rehearse-restore/run";
import { openStackFile } from "../../../../cli/lib/members";
import { worldFile } from "../../../../cli/run/workplace";
import { runOnNode } from "../../../../sim/proxmox/node-commands";
import { worldFromStack } from "../../../../sim/seed";
import { World, type WorldState } from "../../../../sim/world";
import { root } from "../../../support/clusters/homelab";

const file = join(root, "Pulumi.homelab.yaml");

/** A cluster that `up --simulated` might have left. */
function kept(change: (state: WorldState) => void = () => {}) {
  const dir = mkdtempSync(join(tmpdir(), "homelab-rehearse-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const state = worldFromStack(openStackFile({ file }).config);
  change(state);
  World.open(worldFile(dir), state);
  const guests = () => {
    const { proxmox } = JSON.parse(readFileSync(worldFile(dir), "utf8")) as WorldState;
    return proxmox.guests;
  };
  return { dir, state, guests };
}

test("the plan names the original in reads only, and removes the copy in the end", async () => {
  const lines = await rehearseRestore({ file, guest: "postgresql" });
  expect(lines).toMatchInlineSnapshot(`
    [
      "# as root on proxmox3; the original, postgresql (113), is not touched",
      "# the newest of these stands for BACKUP below",
      "pvesm list backup --vmid 113",
      "# nobody may have VMID 9000",
      "pvesh get /cluster/nextid --vmid 9000",
      "# the backup is restored beside the original",
      "pct restore 9000 BACKUP --storage local-zfs --unique 1 --start 0",
      "# without network: it has the original's addresses; and no node starts it by itself",
      "pct set 9000 --delete net0,net1,net2,net3,net4,net5,net6,net7 --onboot 0",
      "# it starts",
      "pct start 9000",
      "# a program runs in it",
      "pct exec 9000 -- true",
      "# once there is a copy, also when a later step failed",
      "# it stops",
      "pct stop 9000",
      "# it is removed",
      "pct destroy 9000 --purge 1",
    ]
  `);
  const commands = lines.filter((line) => !line.startsWith("#"));
  const original = commands.filter((line) => /\b113\b/.test(line));
  expect(original).toEqual(["pvesm list backup --vmid 113"]);
});

test("on the simulated platform the copy starts and goes, and the original is as it was", async () => {
  const { dir, state, guests } = kept();
  const lines = await rehearseRestore({
    file,
    guest: "postgresql",
    simulated: true,
    stateDir: dir,
  });
  expect(lines.at(-1)).toMatch(
    /^the backup of postgresql \(backup:backup\/vzdump-lxc-113-.*\.tar\.zst\) starts; the copy is gone$/,
  );
  expect(guests()).toEqual(state.proxmox.guests);
  // The second finds the backup that the first made.
  const again = await rehearseRestore({
    file,
    guest: "postgresql",
    simulated: true,
    stateDir: dir,
  });
  expect(again.length).toBe(lines.length - 1);
});

test("rejects a VMID that somebody has, whether the stack file knows him or not", async () => {
  const { dir, state, guests } = kept((world) => {
    const guest = Object.values(world.proxmox.guests)[0];
    if (guest) world.proxmox.guests["9000"] = { ...guest, vmid: 9000, name: "stranger" };
  });
  const of = { file, guest: "postgresql", simulated: true, stateDir: dir };
  await expect(rehearseRestore({ ...of, copy: 110 })).rejects.toThrow(
    "--copy: found 110, the VMID of traefik; use one that nobody has",
  );
  await expect(rehearseRestore(of)).rejects.toThrow(
    "pvesh get /cluster/nextid --vmid 9000 (nobody may have VMID 9000): Parameter verification failed. (vmid: VM 9000 already exists)",
  );
  expect(guests()).toEqual(state.proxmox.guests);
});

test("a backup that cannot be restored leaves nothing behind", async () => {
  const { dir, guests, state } = kept((world) => {
    const guest = world.proxmox.guests["113"];
    // A backup of a virtual machine under the number of a container.
    if (guest) world.proxmox.archives = { "backup:backup/x": { ...guest, type: "vm" } };
  });
  await expect(
    rehearseRestore({ file, guest: "postgresql", simulated: true, stateDir: dir }),
  ).rejects.toThrow(/^pct restore 9000 backup:backup\/x .*: unable to restore/);
  expect(guests()).toEqual(state.proxmox.guests);
});

test("the simulated node refuses to destroy what runs, and to restore over what is there", () => {
  const world = World.inMemory(worldFromStack(openStackFile({ file }).config));
  runOnNode(world, ["vzdump", "113", "--storage", "backup"]);
  const [volume = ""] = Object.keys(world.state.proxmox.archives ?? {});
  const restore = (vmid: string) => runOnNode(world, ["pct", "restore", vmid, volume]);
  expect(() => restore("110")).toThrow("CT 110 already exists on node");
  expect(() => runOnNode(world, ["pct", "destroy", "113"])).toThrow("CT 113 is running");
  restore("9000");
  expect(() => runOnNode(world, ["pct", "exec", "9000", "--", "true"])).toThrow("not running");
  runOnNode(world, ["pct", "destroy", "9000"]);
  expect(world.state.proxmox.guests["9000"]).toBe(undefined);
});
