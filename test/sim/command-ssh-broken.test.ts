import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { dial, runOn } from "../../clients/ssh/client";
import { hostFileScript } from "../../templates/host/host-file";
import { type Sshd, startSshd } from "../support/sshd";
import { runTool } from "../support/tools";

/** The script that puts a text in place, with a daemon's test if one is given. */
function script({ dir }: Sshd, text: string, daemon?: string): string {
  return hostFileScript({
    host: "traefik-2",
    path: join(dir, "conf"),
    sha256: createHash("sha256").update(text).digest("hex"),
    mode: "0644",
    owner: `${userInfo().username}:${runTool("id", ["-gn"]).output.trim()}`,
    ...(daemon === undefined ? {} : { test: daemon }),
  });
}

/** Puts a text in place over a connection of its own, and says how that ended. */
async function put(sshd: Sshd, text: string, daemon?: string) {
  const client = await dial(sshd.connection);
  const result = await runOn(client, script(sshd, text, daemon), { stdin: text });
  client.end();
  return result;
}

const live = ({ dir }: Sshd) => readFileSync(join(dir, "conf"), "utf8");
const done = { stdout: "", stderr: "", output: "", failure: undefined };

test("a connection cut in the middle of a text leaves the old file, and the next run repairs", async () => {
  const sshd = await startSshd();
  const text = "better\n".repeat(100_000);
  expect(await put(sshd, "good\n")).toEqual(done);
  const client = await dial(sshd.connection);
  await new Promise<void>((resolve, reject) => {
    client.exec(script(sshd, text), (error, channel) => {
      if (error) return reject(error);
      channel.write(text.slice(0, text.length / 2), () => resolve());
    });
  });
  client.destroy();
  expect(live(sshd)).toBe("good\n");
  expect(await put(sshd, text)).toEqual(done);
  expect(live(sshd)).toBe(text);
});

test("a run whose connection is cut may go on; the next one waits for it, and its text stays", async () => {
  const sshd = await startSshd();
  const at = (name: string) => join(sshd.dir, name);
  // The parent of the shell is the server's process of this one connection.
  const slow = `echo "$PPID" >${at("server")}; sleep 3`;
  const cut = put(sshd, "from the cut run\n", slow);
  const server = () => Number(readFileSync(at("server"), "utf8"));
  await vi.waitFor(() => expect(server()).toBeGreaterThan(1), 20_000);
  process.kill(server(), "SIGKILL");
  expect((await cut).failure).toBe(
    "wait: remote command exited without exit status or exit signal",
  );
  const next = await put(sshd, "from the next run\n", `cp ${at("conf")} ${at("before")}`);
  expect(next).toEqual(done);
  expect(readFileSync(at("before"), "utf8")).toBe("from the cut run\n");
  expect(live(sshd)).toBe("from the next run\n");
});
