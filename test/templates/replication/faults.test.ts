import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { soon, startSource } from "../../support/replication/source";
import { rootTest, startTarget } from "../../support/replication/target";
import { startWire } from "../../support/replication/wire";
import { runTool } from "../../support/tools";

/** A source, a target whose daemon can be made to hang, and what lies between them. */
async function copying() {
  const folder = mkdtempSync("/tmp/held-");
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  const daemon = join(folder, "rsync.sh");
  const wait = (mark: string) => `while [ -e ${mark} ]; do sleep 0.1; done`;
  writeFileSync(
    daemon,
    `#!/bin/sh\n${wait(before)}\n/usr/bin/rsync "$@"\ncode=$?\n${wait(after)}\nexit "$code"\n`,
    {
      mode: 0o755,
    },
  );
  const target = await startTarget({ rsync: daemon });
  const wire = await startWire(target);
  const source = startSource(target, wire.port, { silentSec: 2, limitSec: 8, againSec: 0.2 });
  const there = join(target.dynamic, "a.yml");
  let serial = 0;
  const edit = () => {
    serial += 1;
    writeFileSync(source.at(".a.yml"), `edit ${serial}`);
    renameSync(source.at(".a.yml"), source.at("a.yml"));
    return `edit ${serial}`;
  };
  source.start();
  await soon(() => expect(source.log().match(/Startup of .* finished/g)).toHaveLength(2));
  return {
    target,
    wire,
    there,
    edit,
    ...source,
    copied: (text: string) =>
      soon(() => expect(existsSync(there) && readFileSync(there, "utf8")).toBe(text)),
    hold: { before, after },
    /** Numbers of the processes that copy the directory. */
    rsyncs: () =>
      runTool("pgrep", ["-f", `^/usr/bin/rsync .*${source.at("")}`])
        .output.trim()
        .split("\n")
        .filter(Boolean)
        .map(Number),
  };
}

rootTest(
  "a copy that is killed, hangs at its beginning or its end, or cannot be stored is made again",
  async () => {
    const { there, edit, start, stop, log, copied, hold, rsyncs } = await copying();
    const failures = () => (log().match(/exitcode = \d+/g) ?? []).length;

    // Killed, as by a kernel that is out of memory.
    writeFileSync(hold.before, "");
    const first = edit();
    await soon(() => expect(rsyncs()).not.toEqual([]));
    for (const pid of rsyncs()) process.kill(pid, "SIGKILL");
    await soon(() => expect(failures()).toBe(1));
    rmSync(hold.before);
    await copied(first);

    // The connection is whole, and the target's daemon says nothing.
    writeFileSync(hold.before, "");
    const second = edit();
    await soon(() => expect(failures()).toBe(2));
    rmSync(hold.before);
    await copied(second);

    // All is copied, and the daemon does not end.
    await soon(() => expect(rsyncs()).toEqual([]));
    writeFileSync(hold.after, "");
    await copied(edit());
    const third = edit();
    await copied(third);
    rmSync(hold.after);

    // The target cannot store it, here because something is in its place.
    await soon(() => expect(rsyncs()).toEqual([]));
    await stop();
    rmSync(there);
    mkdirSync(join(there, ".kept"), { recursive: true });
    const fourth = edit();
    start();
    await soon(() =>
      expect(log().match(/Retrying startup of .*: 12$/gm)?.length).toBeGreaterThan(1),
    );
    rmSync(there, { recursive: true });
    await copied(fourth);
  },
  180_000,
);

rootTest(
  "a key that another one took the place of copies nothing more over a connection that is open, and lsyncd goes on",
  async () => {
    const { target, wire, edit, copied } = await copying();
    await copied(edit());
    const { port } = target.sshd.connection;
    writeFileSync(
      join(target.sshd.dir, "home/known_hosts"),
      `\n[127.0.0.1]:${port} ${target.sshd.currentHostKey()}\n`,
      { flag: "a" },
    );
    const pushed = join(target.sshd.dir, "pushed");
    mkdirSync(pushed);
    const push = (name: string) => {
      writeFileSync(join(pushed, name), "by a thief");
      return target.rsync("-rtp", `${pushed}/`, "127.0.0.1::dynamic/");
    };
    expect(push("stolen.yml").status).toBe(0);
    expect(existsSync(join(target.dynamic, "stolen.yml"))).toBe(true);

    const opened = wire.connections();
    target.changeKey();
    await copied(edit());
    expect(wire.connections()).toBe(opened + 1);
    expect(push("late.yml")).toMatchObject({ status: expect.any(Number) });
    expect(existsSync(join(target.dynamic, "late.yml"))).toBe(false);
    const mux = ["-o", `ControlPath=${join(target.sshd.dir, "home/mux")}`];
    await soon(() => expect(runTool("ssh", [...mux, "-O", "check", "127.0.0.1"]).status).toBe(255));
  },
  180_000,
);
