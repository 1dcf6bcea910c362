import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root, scratch } from "../support/clusters/homelab";

const { dir, remove } = scratch();
afterAll(remove);

/** A package with this one's scripts, and a build that notes each of its runs. */
const source = join(dir, "source");
const runs = join(dir, "runs");

function run(cwd: string, command: string, ...args: string[]): string {
  const env = { ...process.env, npm_config_cache: join(dir, "cache"), RUNS: runs };
  for (const name of Object.keys(env)) {
    if (/^npm_(?!config_cache)/.test(name)) delete env[name as keyof typeof env];
  }
  return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: "pipe" });
}

const npm = (cwd: string, ...args: string[]) => run(cwd, "npm", "--no-audit", "--no-fund", ...args);
const builds = () => (existsSync(runs) ? readFileSync(runs, "utf8").length : 0);

test("an installation and npx in a clone build nothing; a package and a git address are built, once", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    name: "packed",
    version: "1.0.0",
    files: ["dist"],
    bin: { packed: "packed.js" },
    scripts: { prepare: scripts.prepare, prepack: scripts.prepack, build: "node build.js" },
    // npm prepares what has some.
    devDependencies: { beside: "file:./beside" },
  };
  mkdirSync(join(source, "beside"), { recursive: true });
  writeFileSync(join(source, "beside/package.json"), '{"name":"beside","version":"1.0.0"}');
  writeFileSync(join(source, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(source, "build.js"),
    'const fs = require("node:fs"); fs.mkdirSync("dist", { recursive: true }); fs.writeFileSync("dist/index.js", ""); fs.appendFileSync(process.env.RUNS, ".");',
  );
  writeFileSync(join(source, ".gitignore"), "dist\nnode_modules\n*.tgz\n");
  cpSync(join(root, "packaging/prepare.js"), join(source, "packaging/prepare.js"));
  npm(source, "install", "--offline");
  npm(source, "ci", "--offline");
  writeFileSync(join(source, "packed.js"), "#!/usr/bin/env node\nconsole.log('sources');");
  expect(run(source, "npx", "--offline", "packed")).toBe("sources\n");
  expect(builds()).toBe(0);
  run(source, "git", "init", "--quiet");
  run(source, "git", "add", "--all");
  const as = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
  run(source, "git", ...as, "commit", "--quiet", "--message", "all");

  expect(npm(source, "pack", "--offline", "--json")).toContain("dist/index.js");
  expect(builds()).toBe(1);

  const user = join(dir, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{"name":"user","private":true}');
  npm(user, "install", "--offline", "--allow-git=all", `git+file://${source}`);
  expect(existsSync(join(user, "node_modules/packed/dist/index.js"))).toBe(true);
  expect(builds()).toBe(2);
});

test("a clone without its packages says what to run", () => {
  const clone = join(dir, "clone");
  cpSync(join(root, "bin"), join(clone, "bin"), { recursive: true });
  mkdirSync(join(clone, "cli"));
  writeFileSync(join(clone, "cli/homelab.ts"), "");
  for (const command of ["preview", "validate"]) {
    const { status, stderr } = spawnSync(process.execPath, ["bin/homelab.js", command], {
      cwd: clone,
      encoding: "utf8",
    });
    expect(stderr).toBe(
      `the package tsx is not installed in this clone; run \`npm ci\` in ${realpathSync(clone)}\n`,
    );
    expect(status).toBe(2);
  }
});
