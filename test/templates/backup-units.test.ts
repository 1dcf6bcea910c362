import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { backupService, backupTimer } from "../../templates/host/backup-units";
import { needTool, runTool } from "../support/tools";

test("systemd takes the units of a backup, and the passphrase stands in none of them", () => {
  needTool("systemd-analyze");
  const dir = mkdtempSync(join(tmpdir(), "homelab-units-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const service = backupService({
    command: ["/usr/bin/env", "homelab", "backup", "--stack", "homelab"],
    folder: "/srv/homelab",
    credential: "/etc/homelab-ha/homelab.passphrase",
  });
  expect(service).toMatchInlineSnapshot(`
    "# Backs up what makes the members of the pairs; made by homelab backup --units.

    [Unit]
    Description=Backup of the members of the pairs
    Wants=network-online.target
    After=network-online.target

    [Service]
    Type=oneshot
    WorkingDirectory=/srv/homelab
    LoadCredential=passphrase:/etc/homelab-ha/homelab.passphrase
    Environment=PULUMI_CONFIG_PASSPHRASE_FILE=%d/passphrase
    ExecStart=/usr/bin/env homelab backup --stack homelab
    TimeoutStartSec=900
    Nice=10
    UMask=0077
    "
  `);
  const timer = backupTimer(24);
  const files = ["homelab-backup-homelab.service", "homelab-backup-homelab.timer"];
  const paths = files.map((name) => join(dir, name));
  for (const [index, text] of [service, timer].entries()) writeFileSync(paths[index] ?? "", text);
  expect(runTool("systemd-analyze", ["verify", "--recursive-errors=no", ...paths])).toEqual({
    status: 0,
    output: "",
  });
});

test("rejects a command that would become other settings", () => {
  const bad = { command: ["/x", "a\nUser=x"], folder: "/srv", credential: "/etc/x" };
  expect(() => backupService(bad)).toThrow(/command: found/);
});
