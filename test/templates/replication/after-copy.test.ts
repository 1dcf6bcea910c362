import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { readMember } from "../../../model/status/member-reading";
import { statusScript } from "../../../templates/host/status";
import { afterCopyScript } from "../../../templates/replication/after-copy";
import { forcedCommand } from "../../../templates/replication/forced-command";
import { soon, startSource } from "../../support/replication/source";
import { rootTest, startTarget } from "../../support/replication/target";
import { startWire } from "../../support/replication/wire";
import { runTool } from "../../support/tools";

/** A member whose service notes when its files are tested, and what it read. */
async function startMember() {
  const dir = mkdtempSync(join(tmpdir(), "copied-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name: string) => join(dir, name);
  const script = at("copied.sh");
  const target = await startTarget({
    command: (trees, more) => forcedCommand(trees, { ...more, afterCopy: script }),
  });
  rmSync(join(target.dynamic, "linked.yml"));
  const there = (name: string) => join(target.dynamic, name);
  const text = afterCopyScript(
    {
      directories: target.trees.map(({ directory }) => directory),
      exclude: ["/own.d", "*.log"],
      test: `echo test >>${at("done")}; ! grep broken ${there("a.yml")}`,
      // What it leaves running must hold neither lock nor connection.
      reload: `echo "reload $(cat ${there("a.yml")})" >>${at("done")}; sleep 300 & echo $! >>${at("left")}`,
    },
    at("state"),
  );
  writeFileSync(script, text, { mode: 0o755 });
  onTestFinished(() => {
    const left = existsSync(at("left")) ? readFileSync(at("left"), "utf8").trim().split("\n") : [];
    runTool("kill", left);
  });
  const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");
  /** What `homelab status` reads on the member. */
  const told = () => {
    const question = { interface: "lo", vip: "192.0.2.1", instance: "dns", units: [], starts: [] };
    const script = statusScript("", { ...question, copied: at("state") });
    const { output } = runTool("sh", ["-c", script]);
    return readMember({ name: "dns-2", priority: 100 }, output, 0).copied;
  };
  return {
    target,
    there,
    text: (name: string) => read(there(name)),
    state: () => read(at("state")).trim(),
    told,
    /** What was done since the last question. */
    done: () => {
      const lines = read(at("done")).trim().split("\n");
      rmSync(at("done"), { force: true });
      return lines.filter(Boolean);
    },
    seen: () => read(at("done")),
  };
}

rootTest(
  "what lsyncd copies is tested, then read, only where it changed, and a refusal is told",
  async () => {
    const { target, there, text, state, told, done, seen } = await startMember();
    const wire = await startWire(target);
    const { at, start, stop, log } = startSource(target, wire.port);
    const copies = () => log().match(/^.*Finished .*$/gm)?.length ?? 0;
    start();
    await soon(() => expect(log().match(/Startup of .* finished/g)).toHaveLength(2));
    // The two directories arrive in any order.
    expect(done().slice(-2)).toEqual(["test", "reload a"]);
    expect(state()).toBe("read");

    writeFileSync(at("a.yml"), "b");
    await soon(() => expect(seen()).toContain("reload b"));
    expect(done()).toEqual(["test", "reload b"]);

    // A copy of nothing new.
    const before = copies();
    writeFileSync(at("a.yml"), "b");
    await soon(() => expect(copies()).toBeGreaterThan(before));
    expect(done()).toEqual([]);

    // Of the same length, the second one as soon as the first has arrived: mostly in one second.
    writeFileSync(at("a.yml"), "quick");
    writeFileSync(at("a.yml"), "hasty");
    await soon(() => expect(seen()).toContain("reload hasty"));
    for (const edit of ["rapid", "swift", "fleet"]) {
      writeFileSync(at("a.yml"), edit);
      await soon(() => expect(seen()).toContain(`reload ${edit}`));
    }
    expect(done().slice(-2)).toEqual(["test", "reload fleet"]);

    writeFileSync(at("a.yml"), "broken");
    await soon(() => expect(state()).toBe("refused"));
    expect([done(), told()]).toEqual([["test"], "refused"]);
    writeFileSync(at("a.yml"), "mended");
    await soon(() => expect(state()).toBe("read"));
    expect([done(), told()]).toEqual([["test", "reload mended"], undefined]);

    const strange = ["-rf $(id) 'q\" [x]*?.yml", "\u00fc\\n.yml"];
    for (const name of strange) writeFileSync(at(name), name);
    await soon(() => expect(strange.map(text)).toEqual(strange));
    await soon(() => expect(seen()).toContain("reload mended"));
    rmSync(at(strange[0] ?? ""));
    done();

    await target.sshd.stop();
    wire.cut();
    writeFileSync(at("a.yml"), "meanwhile");
    await soon(() => expect(log()).toMatch(/Retrying a list after exitcode/));
    await target.sshd.start();
    await soon(() => expect(seen()).toContain("reload meanwhile"));
    expect(done().at(-1)).toBe("reload meanwhile");
    // Nothing is ever deleted, or an empty source would empty the members.
    expect(text(strange[0] ?? "")).toBe(strange[0]);

    // What the member has for itself is no change; what drifted is repaired, and read again.
    await stop();
    writeFileSync(there("service.log"), "its own");
    start();
    await soon(() => expect(log().match(/Startup of .* finished/g)).toHaveLength(4));
    expect(done()).toEqual([]);
    await stop();
    writeFileSync(there("a.yml"), "drifted");
    start();
    await soon(() => expect(seen()).toContain("reload meanwhile"));
  },
  180_000,
);
