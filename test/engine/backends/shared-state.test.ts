import { expect } from "vitest";
import { recover } from "../../../cli/commands/recover/run";
import { noPostgres, startPostgres } from "../../support/backends/postgres";
import { noS3, startS3 } from "../../support/backends/s3";
import { createdTwice, engineTest, killUpAt, openScene, stateFolder } from "../../support/engine";
import { refusal, types } from "../../support/platform";

const backends = [
  { name: "PostgreSQL", start: startPostgres, missing: noPostgres() },
  { name: "an S3 store", start: startS3, missing: noS3() },
];

engineTest.for(backends)(
  "two ups on $name: one waits its turn, a killed one is recovered, and nothing is made twice",
  async ({ start, missing }, { skip }) => {
    skip(missing !== undefined && process.env.HOMELAB_REQUIRE_ALL !== "1", missing);
    const backend = await start();
    const folder = stateFolder();
    const at = { method: "create", type: types.rule } as const;
    let second = "";
    let held = "";
    await killUpAt(
      folder,
      "raw",
      { kind: "apply-then-hang", at },
      {
        backendUrl: backend.url,
        whileHung: async () => {
          const { stack } = await openScene(stateFolder(), "raw", [], backend.url);
          second = await refusal(stack.up());
          held = await refusal(recover(stack));
        },
      },
    );
    expect(second).toMatch(/the stack is currently locked by 1 lock/);
    expect(held).toMatch(
      /^stack raw is locked by process \d+ of \S+@\S+ since .*; wait until it ends/,
    );

    const { stack, sim } = await openScene(folder, "raw", [], backend.url);
    expect(await recover(stack, { dryRun: true })).toContainEqual(
      expect.stringMatching(/^would remove the lock of process \d+, which is gone$/),
    );
    const recovered = await recover(stack);
    expect(recovered).toContainEqual(
      expect.stringMatching(/^removed the lock of process \d+, which is gone$/),
    );
    expect(recovered).toContain(
      `${types.rule} "apart" had been created; it was added to the state`,
    );
    expect(await refusal(stack.up())).toBe("accepted");
    expect(createdTwice(sim.world.state)).toEqual([]);
    expect([second, held, ...recovered].join("\n")).not.toContain(backend.secret);
  },
);
