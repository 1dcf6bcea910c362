import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { soon, startSource } from "../../support/replication/source";
import { rootTest, startTarget } from "../../support/replication/target";
import { startWire } from "../../support/replication/wire";

rootTest(
  "one lasting connection carries all copies, and lives no longer than its target, key and host key",
  async () => {
    const target = await startTarget();
    const wire = await startWire(target);
    const { at, start, log } = startSource(target, wire.port);
    const there = () => {
      const path = join(target.dynamic, "a.yml");
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    let serial = 0;
    const edit = () => {
      serial += 1;
      // Beside it and renamed, as editors do; the name of the first one is not copied.
      writeFileSync(at(".a.yml"), `edit ${serial}`);
      renameSync(at(".a.yml"), at("a.yml"));
      return `edit ${serial}`;
    };
    const copied = async (text: string) => soon(() => expect(there()).toBe(text));
    const failures = () => (log().match(/exitcode = \d+/g) ?? []).length;
    const failed = async (after: number) => soon(() => expect(failures()).toBeGreaterThan(after));

    start();
    await soon(() => expect(log().match(/Startup of .* finished/g)).toHaveLength(2));
    const opened = wire.connections();
    for (let times = 0; times < 4; times += 1) await copied(edit());
    expect(wire.connections()).toBe(opened);
    expect(failures()).toBe(0);

    // The target dies without a word: its connection is given up, and another one opened.
    wire.fallSilent();
    await copied(edit());
    expect(wire.connections()).toBeGreaterThan(opened);

    // Its key is taken away: sshd itself would not notice before the connection ends.
    const keys = join(target.sshd.dir, "home/.ssh/authorized_keys");
    renameSync(keys, `${keys}.away`);
    const [refused, before, connections] = [failures(), there(), wire.connections()];
    const late = edit();
    await failed(refused);
    expect([there(), wire.connections()]).toEqual([before, connections]);
    renameSync(`${keys}.away`, keys);
    await copied(late);
    await copied(edit());

    // It comes back as another machine: nothing is copied until that one is pinned.
    await target.sshd.changeHostKey();
    wire.cut();
    const [strange, kept] = [failures(), there()];
    const last = edit();
    await failed(strange);
    expect(there()).toBe(kept);
    wire.pin();
    await copied(last);
    appendFileSync(at("a.yml"), "!");
    await copied(`${last}!`);
  },
  180_000,
);
