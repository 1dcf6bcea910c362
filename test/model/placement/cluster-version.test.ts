import { expect, test } from "vitest";
import { versionNote } from "../../../model/placement/cluster-version";

const note = (declared: 8 | 9, running: string) =>
  versionNote(declared, running, "homelab migrate-ha");

test("a cluster of the declared version is not worth a word, nor one that does not say its version", () => {
  expect(note(8, "8.4.1")).toBeUndefined();
  expect(note(9, "9.0.3")).toBeUndefined();
  expect(note(9, "")).toBeUndefined();
  expect(note(9, "10.0.1")).toBeUndefined();
});

test("an upgraded cluster names the command, a stack file ahead of it the two ways out", () => {
  expect(note(8, "9.0.3")).toMatchInlineSnapshot(
    `"the cluster runs Proxmox VE 9.0.3, the stack file says pveVersion 8; when its last node is upgraded, Proxmox turns the HA groups into rules, and refresh, up and destroy fail on them: run \`homelab migrate-ha\`, then set pveVersion: 9"`,
  );
  expect(note(9, "8.4.1")).toMatchInlineSnapshot(
    `"the cluster runs Proxmox VE 8.4.1, the stack file says pveVersion 9, which places guests with rules; this version knows groups only: upgrade it, or set pveVersion: 8"`,
  );
});
