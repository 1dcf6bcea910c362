import { userInfo } from "node:os";
import { join } from "node:path";
import type { Sshd } from "../sshd";
import { runTool } from "../tools";

/** Texts of the member's files; a test changes them between two runs. */
export interface Wanted {
  conf: string;
  routes: string;
  copied: string;
}

/**
 * Two files in the safe way and one plain copy. The daemon of the files refuses "bad", and takes
 * its time over "slow", after it left a file `testing` as a sign.
 */
export function memberProgram(
  { connection, dir }: Pick<Sshd, "connection" | "dir">,
  wanted: Wanted,
) {
  return async () => {
    // Loaded late: they bring the SDKs with them.
    const { hostFile } = await import("../../../components/shared/host-files.js");
    const { CopyToRemote } = await import("@pulumi/command/remote/copyToRemote.js");
    const { asset } = await import("@pulumi/pulumi");
    const owner = `${userInfo().username}:${runTool("id", ["-gn"]).output.trim()}`;
    const put = (role: string, content: string) =>
      hostFile(
        `web-first-${role}`,
        {
          host: "first",
          connection,
          path: join(dir, role),
          content,
          owner,
          test: `if grep -q slow "$NEW"; then : >${dir}/testing; sleep 3; fi; if grep -q bad "$NEW"; then echo "line 1: bad is not a word"; exit 5; fi`,
          reload: `echo ${role} >>${dir}/reloads`,
        },
        {},
      );
    put("conf", wanted.conf);
    put("routes", wanted.routes);
    new CopyToRemote("web-first-copy", {
      connection,
      source: new asset.StringAsset(wanted.copied),
      remotePath: join(dir, "copied", "text"),
    });
    return {};
  };
}
