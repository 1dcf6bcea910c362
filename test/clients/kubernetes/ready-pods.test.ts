import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readyPods } from "../../../clients/kubernetes/ready-pods";

/** A kubectl that writes down what it was asked, and says or refuses something. */
function kubectl(script: string): NodeJS.ProcessEnv {
  const dir = mkdtempSync(join(tmpdir(), "kubectl-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${dir}:/usr/bin:/bin` };
}

const pod = (ready: string) => ({
  status: {
    conditions: [
      { type: "Initialized", status: "True" },
      { type: "Ready", status: ready },
    ],
  },
});
const question = { namespace: "cloudflared", selector: "app=x" };
const says = (value: unknown) => kubectl(`cat <<'END'\n${JSON.stringify(value)}\nEND`);

test("pods count that are ready by their own probe", async () => {
  const items = [pod("True"), pod("False"), pod("True"), { status: {} }];
  expect(await readyPods(question, says({ items }))).toBe(2);
  expect(await readyPods(question, says({ items: [] }))).toBe(0);
});

test("kubectl is asked for these pods only, and has to answer in time", async () => {
  const env = kubectl('echo "$*" >&2; exit 1');
  await expect(readyPods(question, env)).rejects.toThrow(
    "get pods --namespace cloudflared --selector app=x --output json --request-timeout=5s",
  );
});

test("the cluster of a site is asked by its own context", async () => {
  const env = kubectl('echo "$*" >&2; exit 1');
  await expect(readyPods({ ...question, context: "parents" }, env)).rejects.toThrow(
    "--context parents get pods --namespace cloudflared",
  );
});

test.each([
  ["no kubectl", { PATH: "/nowhere" }, "found no kubectl on PATH"],
  [
    "a cluster that cannot be reached",
    kubectlEnv('echo "first" >&2; echo "The connection was refused" >&2; exit 1'),
    "The connection was refused",
  ],
  ["something else", kubectlEnv("echo hello"), "the answer of kubectl is not a list of pods"],
] as const)("rejects %s in one line", async (_name, env, message) => {
  const given = typeof env === "function" ? env() : env;
  await expect(readyPods(question, given)).rejects.toThrow(message);
});

function kubectlEnv(script: string) {
  return () => kubectl(script);
}
