import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clusterModel } from "../../../config/cluster-model";
import { parseStackFile } from "../../../config/file/parse-file";
import { problemText } from "../../../config/file/problem";
import { simulate } from "../../../model/resilience/resilience";
import { root } from "../../support/clusters/homelab";

const [before = "", option = ""] = readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8").split(
  /(?=^ {2}# homelab:servicePairs:$)/m,
);
const withOption = before + option.replaceAll(/^ {2}# /gm, "  ");
const hostKey =
  "hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHomelabHostKeyHomelabHostKeyHomelabHostKeyA";

test("the address for DNS that homelab's file offers wants host keys, and nothing else", () => {
  const { parsed } = parseStackFile(withOption);
  expect(parsed.stack ? [] : parsed.problems.map(problemText)).toEqual([
    expect.stringMatching(/guests\.adguard\.hostKey: missing/),
    expect.stringMatching(/guests\.adguard-2\.hostKey: missing/),
  ]);
});

test("with it DNS answers at one address whichever node dies", () => {
  const known = withOption.replaceAll(/^ {4}adguard(-2)?:$/gm, `$&\n      ${hostKey}`);
  const { stack } = parseStackFile(known).parsed;
  if (!stack) throw new Error("the file is refused");
  const model = clusterModel(stack);
  const after = (node: string) => simulate(model, [node]).services["servicePairs.dns"]?.status;
  expect(["proxmox", "proxmox2", "proxmox3"].map(after)).toEqual([
    "degraded",
    "degraded",
    "failover",
  ]);
});

test("the backups that homelab's file offers are taken by themselves", () => {
  const [stated = "", offered = ""] = readFileSync(join(root, "Pulumi.homelab.yaml"), "utf8").split(
    /(?=^ {2}# homelab:backups:$)/m,
  );
  const { parsed } = parseStackFile(stated + offered.replaceAll(/^ {2}# /gm, "  "));
  expect(parsed.stack ? [] : parsed.problems.map(problemText)).toEqual([]);
  expect(parsed.stack?.backups).toEqual({
    directory: "~/backups/homelab",
    keep: 14,
    everyHours: 24,
  });
});
