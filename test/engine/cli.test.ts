import { type ChildProcess, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { lockWorkplace } from "../../cli/run/workplace-lock";
import { readStackFile } from "../../config/file/stack-file";
import { homelab, root, startHomelab } from "../support/clusters/homelab";
import { engine, engineTest, stateFolder } from "../support/engine";
import { reportIn } from "../support/json";

const operations = (stdout: string) => {
  const { plan } = reportIn(stdout);
  return [...new Set(plan?.resources.map(({ operation }) => operation))];
};

/** Locks of the state, which the next run would trip over. */
const locks = (folder: string) => {
  const dir = join(folder, "backend", ".pulumi", "locks");
  return existsSync(dir)
    ? readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith(".json"))
    : [];
};

/** Names of the processes of a session: the command, the engine, the policy pack. */
const processes = (session: number | undefined) =>
  spawnSync("ps", ["--no-headers", "-o", "comm", "-s", String(session)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean);

/** Waits until something is true of a command that runs. */
async function until(child: ChildProcess, condition: () => boolean): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error("the command ended too early");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Helpers of Node end a moment after it; nothing else may be left. */
const gone = (child: ChildProcess) =>
  vi.waitFor(() => expect(processes(child.pid)).toEqual([]), { timeout: 5000 });

engineTest.each(["homelab", "matrix"])(
  "a preview of %s runs on the real engine, and each rule of the pack ran",
  async (stack) => {
    const { code, stdout } = await homelab("preview", "--stack", stack, "--json");
    const report = reportIn(stdout);
    expect(code).toBe(0);
    expect(report.plan?.mode).toMatchObject({ kind: "engine", detail: engine?.version });
    expect(
      report.plan?.policies.flatMap(({ unable, violations }) => [...unable, ...violations]),
    ).toEqual([]);
    expect(report.plan?.diagnostics).toEqual([]);
    expect(operations(stdout)).toEqual(["create"]);
  },
);

engineTest("a preview plans the same resources with and without the engine", async () => {
  const names = async (...args: string[]) => {
    const { stdout } = await homelab("preview", "--json", ...args);
    return reportIn(stdout)
      .plan?.resources.map(({ urn }) => urn)
      .sort();
  };
  expect(await names("--no-engine")).toEqual(await names());
});

engineTest(
  "a rehearsal is kept: up creates, up again finds nothing to do, destroy removes all",
  async () => {
    const folder = stateFolder();
    const run = (command: string) =>
      homelab(command, "--stack", "matrix", "--simulated", "--json", "--state-dir", folder);
    const first = await run("up");
    expect([first.code, operations(first.stdout)]).toEqual([0, ["create"]]);
    const again = await run("up");
    expect([again.code, operations(again.stdout)]).toEqual([0, ["same"]]);
    const preview = await homelab("preview", "--stack", "matrix", "--json", "--state-dir", folder);
    expect([preview.code, operations(preview.stdout)]).toEqual([0, ["same"]]);
    const gone = await run("destroy");
    expect([gone.code, operations(gone.stdout)]).toEqual([0, ["delete"]]);
  },
);

engineTest("rejects a second rehearsal in the same folder while the first runs", async () => {
  const folder = stateFolder();
  const leave = lockWorkplace(folder, folder);
  for (const args of [["up", "--simulated"], ["destroy", "--simulated"], ["preview"]]) {
    const { code, stdout, stderr } = await homelab(...args, "--state-dir", folder);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${folder} is in use by process ${process.pid} since `);
    expect(stderr).not.toContain(" at ");
  }
  leave();
});

engineTest(
  "Ctrl-C in the middle of an update leaves no process and no lock, and the next one finishes it",
  async () => {
    const folder = stateFolder();
    const stack = ["--stack", "matrix", "--json", "--state-dir", folder];
    const { child, texts, ended } = startHomelab(["up", "--simulated", ...stack]);
    await until(child, () => texts.stderr.includes("up of matrix"));
    await until(child, () => locks(folder).length > 0);
    expect(processes(child.pid)).toContain("pulumi");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
    await gone(child);
    expect(locks(folder)).toEqual([]);

    const next = await homelab("up", "--simulated", ...stack);
    expect(next.code, next.stdout).toBe(0);
    expect(operations((await homelab("preview", ...stack)).stdout)).toEqual(["same"]);
  },
);

engineTest.each(["SIGINT", "SIGTERM"] as const)(
  "%s in a preview leaves no process and no folder behind",
  async (signal) => {
    // A folder of its own: other tests make such folders at the same time.
    const temporary = stateFolder();
    const folders = () => readdirSync(temporary).filter((name) => /^homelab-\w{6}$/.test(name));
    const { child, ended } = startHomelab(["preview"], root, { TMPDIR: temporary });
    await until(child, () => folders().length > 0 && processes(child.pid).includes("pulumi"));
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
    await gone(child);
    expect(folders()).toEqual([]);
  },
);

/** Processes that carry the mark of a run. */
const marked = (pid: number | undefined) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const variables = readFileSync(`/proc/${name}/environ`, "utf8");
        return variables.includes(`HOMELAB_RUN={"pid":${pid},`);
      } catch {
        return false;
      }
    });

engineTest("what a killed preview left is removed by the next command, once", async () => {
  const temporary = stateFolder();
  const folders = () => readdirSync(temporary).filter((name) => /^homelab-\w{6}$/.test(name));
  const env = { TMPDIR: temporary };
  const { child, ended } = startHomelab(["preview", "--stack", "matrix"], root, env);
  await until(child, () => folders().length > 0 && marked(child.pid).length > 0);
  child.kill("SIGKILL");
  await ended;
  expect(folders()).toHaveLength(1);
  const clean = () => startHomelab(["clean"], root, env).ended;
  expect((await clean()).stdout).toMatch(/^removed what a killed run left: .*1 folder\n$/);
  expect([folders(), marked(child.pid)]).toEqual([[], []]);
  expect((await clean()).stdout).toBe("no killed run left anything\n");
});

engineTest("what a running preview has is left alone", async () => {
  const temporary = stateFolder();
  const env = { TMPDIR: temporary };
  const { child, ended } = startHomelab(["preview", "--stack", "matrix"], root, env);
  await until(child, () => marked(child.pid).length > 0);
  expect((await startHomelab(["clean"], root, env).ended).code).toBe(0);
  expect((await ended).code).toBe(0);
});

engineTest("the commands of docs/first-up.md make a stack with an encrypted password", () => {
  const folder = stateFolder();
  mkdirSync(join(folder, "backend"));
  writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(root, "Pulumi.yaml")));
  const pulumi = (...args: string[]) =>
    spawnSync(join(engine?.dir ?? "", "pulumi"), [...args, "--non-interactive"], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`,
        PULUMI_CONFIG_PASSPHRASE: "only here",
        PULUMI_HOME: join(folder, "home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
  const path = "homelab:secrets.statsPasswords.k8s-api";
  expect(pulumi("stack", "init", "mine").status).toBe(0);
  const set = pulumi(
    "config",
    "set",
    "--secret",
    "--stack",
    "mine",
    "--path",
    path,
    "a".repeat(48),
  );
  expect(set.status, set.stderr).toBe(0);
  const file = readFileSync(join(folder, "Pulumi.mine.yaml"), "utf8");
  expect(file).not.toContain("aaa");
  expect(readStackFile(file).hasSecret(["statsPasswords", "k8s-api"])).toBe(true);
});
