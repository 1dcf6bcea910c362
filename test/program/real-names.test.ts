import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStack } from "../../config/parse";
import { program } from "../../program";
import { runWithMocks } from "../../sim/mocks";
import { worldFromStack } from "../../sim/seed";
import { realNames, renamed } from "../support/clusters/real-names";

/** A job's number is the place of its target among the names of all nodes. */
const line = ({ type, name }: { type: string; name: string }) =>
  `${type} ${name.replace(/-replica-\d$/, "-replica")}`;

/** What the program registers for the sample with other names. */
async function registered(names: Record<string, string>) {
  const data = renamed(names);
  const { stack } = parseStack(data);
  if (!stack) throw new Error(`refused with ${JSON.stringify(names)}`);
  const config = Object.entries(data).map(([key, value]) => [
    `homelab:${key}`,
    JSON.stringify(value),
  ]);
  return runWithMocks(() => program({ statsPasswords: {} }), {
    project: "homelab-ha",
    stack: "two-nodes",
    config: Object.fromEntries(config),
    world: worldFromStack(stack),
  });
}

const own = { "traefik-1": "traefik-1", "traefik-2": "traefik-2" };

test("names of Proxmox become resources whose names differ, and nothing else changes", async () => {
  const before = (await registered(own)).map(line);
  await fc.assert(
    fc.asyncProperty(realNames, async (names) => {
      const found = (await registered(names)).map(line);
      const expected = before.map((old) =>
        old.replace(
          /(traefik|everywhere)-(traefik-[12]|home-assistant)-/,
          (_all, of, guest: keyof typeof names) => `${of}-${names[guest]}-`,
        ),
      );
      expect(found.sort()).toEqual(expected.sort());
      expect(new Set(found).size).toBe(found.length);
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test("a storage and a node reach Proxmox as they are written", async () => {
  const resources = await registered({ nas: "pbs_main", pve2: "PVE2", "local-zfs": "SSD_pool" });
  const inputs = JSON.stringify(resources);
  for (const name of ["pbs_main", "PVE2"]) expect(inputs).toContain(`"${name}"`);
  expect(inputs).not.toContain('"pve2"');
});
