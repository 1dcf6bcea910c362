import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { z } from "zod";
import type { Report } from "../../cli/report/types";
import { homelab } from "../support/clusters/homelab";
import { engineTest, stateFolder } from "../support/engine";
import { jsonOf, reportIn } from "../support/json";

/**
 * What `homelab up --simulated` left behind before the source tree was sorted by subject (commit
 * 6ed660d): stack file, state with its secrets encrypted, and platforms, without the places in the source.
 */
function unpack(stack: string, folder: string): void {
  const packed = readFileSync(join(__dirname, `__files__/before-rooms.${stack}.json.gz`));
  const files = jsonOf(z.record(z.string(), z.string()), gunzipSync(packed).toString());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

type Planned = NonNullable<Report["plan"]>["resources"][number];

/** Arguments that came later, with the default that does what was done before: nothing is run for them. */
const isNewDefault = ({ type, operation, changedInputs }: Planned) =>
  type.startsWith("homelab:components:") &&
  operation === "update" &&
  changedInputs.every((input) => ["drainSec", "drainPort"].includes(input));

/** A later version may write another text to a host, or run a script again for it; nothing else. */
const isNewText = ({ type, operation, changedInputs }: Planned) =>
  type === "command:remote:Command" &&
  (operation === "update" ||
    (operation === "replace" &&
      changedInputs.some((input) => input.startsWith("triggers")) &&
      changedInputs.every((input) => /^(triggers|create$|update$)/.test(input))));

/** Steps that came later: they bring guests home, wait for the HA manager, tell members of new peers, and copy for lsyncd. */
const isNewStep = ({ type, operation, name }: Planned) =>
  type === "command:remote:Command" &&
  operation === "create" &&
  /-(home|ha-manager|peers|lsyncd-rsync)$/.test(name);

engineTest.each([
  { stack: "homelab", least: 100, updates: true },
  { stack: "matrix", least: 30, updates: false },
])(
  "the state of an earlier up of $stack previews as unchanged",
  async ({ stack, least, updates }) => {
    const folder = stateFolder();
    unpack(stack, folder);
    const { code, stdout, stderr } = await homelab(
      "preview",
      "--json",
      "--stack",
      stack,
      "--file",
      join(folder, `Pulumi.${stack}.yaml`),
      "--state-dir",
      folder,
    );
    expect(code, stderr).toBe(0);
    const { plan } = reportIn(stdout);
    const resources = plan?.resources ?? [];
    expect(resources.length).toBeGreaterThan(least);
    // No resource of then is made anew, replaced or taken away: each kept its name, type and parent.
    const changed = resources.filter(({ operation }) => operation !== "same");
    const reached = changed.map(({ operation, type, name }) => `${operation} ${type} ${name}`);
    expect(
      changed.filter(
        (one) => !isNewStep(one) && !(updates && (isNewText(one) || isNewDefault(one))),
      ),
      reached.join("\n"),
    ).toEqual([]);
  },
);
