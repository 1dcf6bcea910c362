import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findEngine } from "../../clients/pulumi/engine";
import { secretPaths, withoutSecrets } from "../../clients/pulumi/stack-settings";
import { parseStackFile } from "../../config/file/parse-file";
import { Faults } from "../../sim/faults";
import { seedFromStack, seedWorld } from "../../sim/seed";
import { World } from "../../sim/world";
import { stackText } from "../support/clusters/stacks";
import { create, platform, refusal, smallSeed, types } from "../support/platform";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "world-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("a second world on the same file sees what the first changed, and ignores its own seed", () => {
  const file = join(folder(), "world.json");
  const first = World.open(file, seedWorld(smallSeed));
  first.change((state) => {
    state.proxmox.haResources["ct:110"] = { resourceId: "ct:110" };
  });
  const second = World.open(file, seedWorld({}));
  expect(second.state).toEqual(first.state);
  expect(second.nextSerial()).toBe(first.state.serial + 1);
});

test("rejects a file that holds no simulated platforms", () => {
  const file = join(folder(), "world.json");
  for (const text of ["", "{}", JSON.stringify({ ...seedWorld(smallSeed), serial: "one" })]) {
    writeFileSync(file, text);
    expect(() => World.open(file, seedWorld(smallSeed)), text).toThrow(
      /world\.json does not hold simulated platforms \(.+\); remove it$/,
    );
  }
});

test("the world's file is whole at every moment, and no partial file stays", () => {
  const dir = folder();
  const world = World.open(join(dir, "world.json"), seedWorld(smallSeed));
  for (let count = 0; count < 20; count += 1) {
    world.nextSerial();
    expect(JSON.parse(readFileSync(join(dir, "world.json"), "utf8"))).toEqual(world.state);
  }
  expect(readdirSync(dir)).toEqual(["world.json"]);
});

test("a refused call changes nothing", async () => {
  const on = platform();
  const before = structuredClone(on.world.state);
  await refusal(create(on, types.resource, { resourceId: "ct:999" }));
  expect(on.world.state).toEqual(before);
});

test("a preview asks and changes nothing", async () => {
  const on = platform();
  const before = structuredClone(on.world.state);
  const planned = await on.create(types.resource, "it", { resourceId: "ct:999" }, true);
  expect(planned).toEqual({ id: "", outputs: { resourceId: "ct:999" } });
  expect(on.world.state).toEqual(before);
});

test("rejects a resource type and a function that are not simulated", async () => {
  const on = platform();
  expect(await refusal(on.check("aws:s3/bucket:Bucket", "it", {}))).toMatch(
    /^the simulated platforms do not have the resource type aws:s3\/bucket:Bucket; they have /,
  );
  expect(await refusal(on.invoke("aws:index/getRegion:getRegion", {}))).toMatch(
    /^the simulated platforms do not have the function aws:index\/getRegion:getRegion; they have /,
  );
});

test("an error comes at the n-th call that matches, and only there", async () => {
  const at = { method: "create", type: types.command, nth: 2 } as const;
  const on = platform(smallSeed, [{ kind: "error", at, message: "500 too busy" }]);
  const attempt = () => refusal(create(on, types.command, { connection: { host: "h" } }));
  expect([await attempt(), await attempt(), await attempt()]).toEqual([
    "accepted",
    "500 too busy",
    "accepted",
  ]);
});

test("a hang never reaches the platform, an apply-then-hang does; neither is answered", async () => {
  for (const [kind, applied] of [
    ["hang", []],
    ["apply-then-hang", ["ct:110"]],
  ] as const) {
    const on = platform(smallSeed, [{ kind, at: { method: "create", type: types.resource } }]);
    const hung = on.faults.hung();
    let answered = false;
    void create(on, types.resource, { resourceId: "ct:110" }).then(() => {
      answered = true;
    });
    expect(await hung).toEqual({ method: "create", type: types.resource, name: "it" });
    expect(Object.keys(on.world.state.proxmox.haResources)).toEqual(applied);
    await new Promise(setImmediate);
    expect(answered).toBe(false);
  }
});

test("the answer to a call can be lost although the platform carried it out", async () => {
  const at = { method: "create", type: types.resource } as const;
  const on = platform(smallSeed, [{ kind: "apply-then-error", at, message: "connection reset" }]);
  expect(await refusal(create(on, types.resource, { resourceId: "ct:110" }))).toBe(
    "connection reset",
  );
  expect(Object.keys(on.world.state.proxmox.haResources)).toEqual(["ct:110"]);
});

test("a call that is slow says so at once, and the platforms are idle when it is carried out", async () => {
  const at = { method: "create", type: types.resource } as const;
  const slow = { kind: "slow", at, ms: 30 } as const;
  const on = platform(smallSeed, [slow]);
  const struck = on.faults.struck(slow);
  const created = create(on, types.resource, { resourceId: "ct:110" });
  expect(await struck).toMatchObject(at);
  expect(on.world.state.proxmox.haResources).toEqual({});
  await on.faults.idle();
  expect(Object.keys(on.world.state.proxmox.haResources)).toEqual(["ct:110"]);
  await created;
});

test("no fault means no fault", async () => {
  const faults = new Faults();
  expect(await faults.around({ method: "read", type: "t", name: "n" }, () => 1)).toBe(1);
  expect([faults.nodeDown("a"), faults.hostDown("h"), faults.tunnelStays]).toEqual([
    false,
    false,
    false,
  ]);
});

test("a stack file seeds its cluster: nodes, existing guests, zones and namespaces", () => {
  const { parsed } = parseStackFile(stackText("homelab"));
  if (parsed.stack === undefined) throw new Error("the committed stack file is refused");
  const seed = seedFromStack(parsed.stack);
  expect(seed.nodes).toEqual(["proxmox", "proxmox2", "proxmox3"]);
  expect(seed.guests).toHaveLength(13);
  expect(seed.namespaces).toEqual(["metallb-system", "traefik"]);
  expect(seed.zones?.map(({ name }) => name)).toEqual(["viktorbarzin.me"]);
});

test("a copied stack file carries no encrypted value and keeps the copy's own key settings", () => {
  const file = [
    "encryptionsalt: v1:owner",
    "config:",
    "  homelab:cluster: { name: homelab }",
    "  homelab:secrets:",
    "    statsPasswords: { api: { secure: AAAB } }",
  ].join("\n");
  const copy = withoutSecrets(file, "encryptionsalt: v1:copy\nconfig: {}\n");
  expect(copy).toMatchInlineSnapshot(`
    "encryptionsalt: v1:copy
    config:
      homelab:cluster:
        name: homelab
      homelab:secrets:
        statsPasswords:
          api: 7f31f4e19390399e95541136d62dbec3f9449b3d6b654a68559f47beb9ad1c1f
    "
  `);
  expect(secretPaths(file)).toEqual(["config.homelab:secrets.statsPasswords.api"]);
  expect(withoutSecrets(file, "")).not.toMatch(/salt|AAAB/);
  const keys = "secretsprovider: hashivault://rehearsal\nencryptedkey: dmF1bHQ=\n";
  expect(withoutSecrets(`secretsprovider: awskms://owner\n${file}`, keys)).toContain(keys);
});

test("the engine is the first one on PATH that runs, and says its version", () => {
  const [broken, sound] = [folder(), folder()];
  writeFileSync(join(broken, "pulumi"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  writeFileSync(join(sound, "pulumi"), "#!/bin/sh\necho v3.999.0\n", { mode: 0o755 });
  expect(findEngine(`${broken}:${sound}`)).toEqual({ dir: sound, version: "3.999.0" });
  expect(existsSync(join(sound, "pulumi"))).toBe(true);
});
