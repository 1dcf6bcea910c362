import { expect, test } from "vitest";
import { root, startHomelab } from "../../support/clusters/homelab";

test.concurrent.each([
  ["192.168.1.101", 1],
  ["192.168.1.50", 0],
])("a preview with the state in PostgreSQL at %s ends with %i", async (host, expected) => {
  const env = { PULUMI_BACKEND_URL: `postgres://u:only-here@${host}/pulumi` };
  const { code, stdout } = await startHomelab(["preview", "--no-engine"], root, env).ended;
  const said = `PULUMI_BACKEND_URL: the state backend is at ${host}, which is the virtual address`;
  expect([code, stdout.replace(/\s+/g, " ").includes(said)]).toEqual([expected, expected === 1]);
  expect(stdout).not.toContain("only-here");
});
