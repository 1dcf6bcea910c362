import { spawnSync } from "node:child_process";
import { afterAll, expect, test } from "vitest";
import { editedStack, homelab, root, scratch } from "../../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

test("a sound file is said to be one", async () => {
  expect(await homelab("validate")).toEqual({
    code: 0,
    stdout: "Pulumi.homelab.yaml: no mistakes\n",
    stderr: "",
  });
});

test("every mistake has its place, and the JSON says the same", async () => {
  const file = editedStack(dir, [
    ["vmid: 100", "vmid: 99"],
    ["controlNode: proxmox2", "controlNode: proxmox9"],
  ]);
  const { code, stdout } = await homelab("validate", "--file", file);
  expect(code).toBe(1);
  expect(stdout.replaceAll(file, "FILE").replaceAll(/FILE:\d+/g, "FILE:N")).toMatchInlineSnapshot(`
    "FILE has 2 mistakes; nothing was registered
      FILE:N: homelab:cluster.controlNode: there is no node "proxmox9" in homelab:cluster.nodes; did you mean "proxmox"?
      FILE:N: homelab:guests.influxdb.vmid: found 99, expected a VMID from 100 to 999999999; use the id that Proxmox shows for the guest
    "
  `);
  const json = await homelab("validate", "--file", file, "--json");
  expect(json.code).toBe(1);
  const { problems, ...head } = JSON.parse(json.stdout) as { problems: { path: string }[] };
  expect(head).toEqual({ stack: "edited", file, ok: false });
  expect(problems.map(({ path }) => path)).toEqual([
    "homelab:cluster.controlNode",
    "homelab:guests.influxdb.vmid",
  ]);
});

test("nothing is loaded that it does not need: no SDK, no SSH, no component, no policy", () => {
  const script = `
    require("./cli/commands/validate/run.ts").printValidation({}, false);
    process.stdout.write(Object.keys(require.cache).join("\\n"));
  `;
  const { stdout, status } = spawnSync(
    process.execPath,
    ["--require", "tsx/cjs", "--eval", script],
    { cwd: root, encoding: "utf8" },
  );
  expect(status).toBe(0);
  const loaded = stdout.split("\n").map((file) => file.replace(`${root}/`, ""));
  expect(loaded).toContain("config/stack.ts");
  const packages = loaded.flatMap(
    (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  );
  // What turns TypeScript into JavaScript, here and in a clone.
  const own = packages.filter((name) => !["esbuild", "tsx"].includes(name));
  expect([...new Set(own)].sort()).toEqual(["ipaddr.js", "picocolors", "yaml", "zod"]);
  const rooms = loaded
    .filter((file) => !file.startsWith("node_modules"))
    .map((file) => file.split("/")[0]);
  expect([...new Set(rooms)].sort()).toEqual(["cli", "clients", "config", "model"]);
});
