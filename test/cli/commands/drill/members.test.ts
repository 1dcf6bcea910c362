import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { disturbance, membersOf, undisturbed } from "../../../../cli/commands/drill/members";
import { openStackFile } from "../../../../cli/lib/members";
import { pairNamed } from "../../../../cli/lib/vrrp-pair";
import { beginRun } from "../../../../clients/watch";
import { until } from "../../../support/cutover/house";
import { rehearsedPair } from "../../../support/rehearsed-pair";

test("Ctrl-C ends a question to a silent member, and what is taken back after it is asked to the end", async () => {
  const { second, flags } = await rehearsedPair();
  const hung = join(second.dir, "hung");
  writeFileSync(join(second.dir, "bin", "ip"), `#!/bin/sh\n: >"${hung}"\nexec /bin/sleep 600\n`, {
    mode: 0o755,
  });
  const stack = openStackFile({ file: flags[1], identity: flags[5] });
  const members = membersOf(pairNamed(stack.resolved, "traefik"), await stack.ssh());
  onTestFinished(() => {
    members.end();
    beginRun();
  });
  const run = beginRun();
  const first = members.told(disturbance());
  await until(() => existsSync(hung), 60_000);
  run.interrupt();
  expect((await first).find(({ name }) => name === "traefik-2")?.silent).toBe(
    "stopped before it answered",
  );
  // From here on nothing is cut off: a fault has to be taken back.
  expect(disturbance()).toBe(undisturbed);
  writeFileSync(join(second.dir, "bin", "ip"), "#!/bin/sh\n", { mode: 0o755 });
  const after = await members.told(disturbance());
  expect(after.map(({ name, master, silent }) => [name, master, silent])).toEqual([
    ["traefik", true, undefined],
    ["traefik-2", false, undefined],
  ]);
});
