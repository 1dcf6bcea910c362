import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseStackFile } from "../../../config/file/parse-file";
import { backendProblems, statedBackend } from "../../../config/file/state-backend";

const text = readFileSync(join(__dirname, "../../../Pulumi.homelab.yaml"), "utf8");
const { stack } = parseStackFile(text).parsed;

const judged = (url: string) =>
  stack &&
  backendProblems(stack, { url, where: "PULUMI_BACKEND_URL" }).map(({ message }) => message);

test.each([
  ["192.168.1.101", "the virtual address of traefikPairs.traefik"],
  ["192.168.1.110", "traefik, a member of traefikPairs.traefik"],
  ["192.168.56.100", "the virtual address of apiLoadBalancers.k8s-api"],
  ["192.168.56.6", "lb2, a member of apiLoadBalancers.k8s-api"],
  ["10.0.20.203", "the address of kubernetesIngress.traefik-lb"],
  ["10.0.20.200", "what cutovers.traefik-own-address moves"],
  ["adguard.internal.lakehouse.wtf", "the route adguard of traefikPairs.traefik"],
  ["grafana.internal.lakehouse.wtf", "a name that homelab:dns leads to this stack"],
  ["pulumi.viktorbarzin.me", "a name of tunnels.viktorbarzin-me"],
])("rejects a state in PostgreSQL at %s", (host, what) => {
  const [message] = judged(`postgres://u:secret@${host}/pulumi`) ?? [];
  expect(message).toContain(`the state backend is at ${host}, which is ${what}: `);
  expect(message).not.toContain("secret");
});

test.each([
  "file://~",
  "postgres://u@192.168.1.50/pulumi",
  "s3://states?endpoint=https://s3.example",
])("accepts %s", (url) => {
  expect(judged(url)).toEqual([]);
});

test("a backend is taken as pulumi takes it: environment, project file, last login", () => {
  const dir = mkdtempSync(join(tmpdir(), "homelab-backend-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const home = join(dir, "home");
  mkdirSync(home);
  const env = { PULUMI_HOME: home };
  expect(statedBackend(env, dir)).toBeUndefined();
  writeFileSync(join(home, "credentials.json"), '{ "current": "s3://login" }');
  expect(statedBackend(env, dir)).toEqual({ url: "s3://login", where: "pulumi login" });
  writeFileSync(join(dir, "Pulumi.yaml"), "name: x\nbackend:\n  url: s3://project\n");
  expect(statedBackend(env, dir)).toEqual({
    url: "s3://project",
    where: "Pulumi.yaml: backend.url",
  });
  expect(statedBackend({ ...env, PULUMI_BACKEND_URL: "s3://env" }, dir)).toEqual({
    url: "s3://env",
    where: "PULUMI_BACKEND_URL",
  });
  writeFileSync(join(dir, "Pulumi.yaml"), "name: [x\n");
  writeFileSync(join(home, "credentials.json"), "{");
  expect(statedBackend(env, dir)).toBeUndefined();
});
