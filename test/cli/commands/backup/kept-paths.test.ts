import { join } from "node:path";
import { expect, test } from "vitest";
import { renderedFiles } from "../../../../cli/commands/render/run";
import { backupTargets } from "../../../../cli/lib/backup/targets";
import { openStackFile } from "../../../../cli/lib/members";
import { isWithin } from "../../../../model/host/paths";
import { root } from "../../../support/clusters/homelab";

const kept = (paths: { files: string[]; directories: string[] }, path: string) =>
  paths.files.includes(path) || paths.directories.some((directory) => isWithin(path, directory));

// A file that a component learns to write has to be kept as well.
test("every file that `up` brings to a member is kept", async () => {
  const file = join(root, "Pulumi.homelab.yaml");
  const { resolved } = openStackFile({ file });
  const targets = backupTargets(resolved, "root");
  const { all } = await renderedFiles({ file });
  expect(targets.length).toBeGreaterThan(1);
  const missing = targets.flatMap(({ member, paths }) => {
    const own = all.filter(({ host }) => host === member.name);
    expect(own.length).toBeGreaterThan(5);
    return own.filter(({ path }) => !kept(paths, path)).map(({ path }) => path);
  });
  expect(missing).toEqual([]);
});

test("no system directory is kept as a whole, and none inside another", () => {
  const file = join(root, "Pulumi.homelab.yaml");
  for (const { paths } of backupTargets(openStackFile({ file }).resolved, "root")) {
    for (const directory of paths.directories) {
      expect(directory.split("/").length).toBeGreaterThan(2);
      expect(paths.directories.filter((other) => isWithin(directory, other))).toEqual([directory]);
    }
  }
});
