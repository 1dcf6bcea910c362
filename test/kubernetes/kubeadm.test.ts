import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type ApiServer, startApiServer } from "../../lab/kube/api-server";
import { CONTROL_PLANE, ensureControlPlane } from "../../lab/kube/binaries";
import { ensureKubeadm } from "../../lab/kube/kubeadm";
import { initCa } from "../../templates/kubeadm/init";
import { joinCommand } from "../../templates/kubeadm/join";
import { initConfiguration, joinConfiguration } from "../../templates/kubeadm/kubeadm";
import { jsonOf } from "../support/json";

// The real kubeadm, as far as it goes without a host of its own to turn into a node.

let server: ApiServer;
let bin = "";

beforeAll(async () => {
  bin = await ensureKubeadm();
  server = await startApiServer(await ensureControlPlane(() => {}));
});

afterAll(() => server?.stop());

const version = `v${CONTROL_PLANE.kubernetes}`;
const cluster = {
  name: "k8s-api",
  endpoint: "127.0.0.1:1",
  certificateSans: ["192.168.56.100", "api.example.org"],
  version,
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
};
const node = { name: "master-1", address: "192.168.56.10" };

function host() {
  const folder = mkdtempSync(join(tmpdir(), "real-kubeadm-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (path: string) => join(folder, path);
  for (const path of ["bin", "etc", "work"]) mkdirSync(at(path));
  const program = (name: string, text: string) => {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    chmodSync(at(`bin/${name}`), 0o755);
  };
  program("kubelet", "");
  // No node is in the cluster.
  program("kubectl", "");
  const env = {
    PATH: `${at("bin")}:${bin}:${process.env.PATH}`,
    HOMELAB_HA_KUBERNETES: at("etc"),
    HOMELAB_HA_KUBEADM: at("work"),
  };
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  return { at, run };
}

function validated(text: string) {
  const { at, run } = host();
  writeFileSync(at("config.yaml"), text);
  const { status, stderr } = run("kubeadm", "config", "validate", "--config", at("config.yaml"));
  return status === 0 ? "ok" : stderr.split("\n")[0];
}

const filled = (text: string) =>
  text
    .replace("TOKEN", '"123456.0123456789012345"')
    .replace("CA_CERT_HASH", `sha256:${"ab".repeat(32)}`)
    .replace("CERTIFICATE_KEY", `"${"12".repeat(32)}"`);

test("kubeadm takes every configuration, and refuses one with a misspelt field", () => {
  const init = initConfiguration(cluster, node);
  const joins = (["control-plane", "worker"] as const).map((role) =>
    filled(joinConfiguration(cluster, node, role)),
  );
  expect([init, ...joins].map(validated)).toEqual(["ok", "ok", "ok"]);
  expect(validated(init.replace("certSANs", "certSans"))).toContain(
    'unknown field "apiServer.certSans"',
  );
});

test("kubeadm makes the CA that the load balancers get, once", () => {
  const { run } = host();
  const made = run("sh", "-c", initCa(cluster));
  expect(made).toMatchObject({ status: 0, stderr: "" });
  expect(made.stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect(run("sh", "-c", initCa(cluster))).toEqual(made);
  const other = host().run("sh", "-c", initCa({ ...cluster, version: "v1.33.1" }));
  expect(other.stderr).toBe(
    `kubeadm is ${version}, expected v1.33.x; install that release, or change kubeadm.version\n`,
  );
});

test("the forced command makes a token and a certificate key with a real API server, for each role what it needs", async () => {
  const { at, run } = host();
  const configuration = `certificatesDir: ${at("etc/pki")}\n${initConfiguration(cluster, node)}`;
  writeFileSync(at("work/init.yaml"), configuration);
  writeFileSync(at("etc/admin.conf"), server.kubeconfig);
  writeFileSync(at("join"), joinCommand());
  const certificates = run(
    "kubeadm",
    "init",
    "phase",
    "certs",
    "all",
    "--config",
    at("work/init.yaml"),
  );
  expect(certificates.status, certificates.stderr).toBe(0);

  const master = run("sh", at("join"), "control-plane", "master-2");
  expect(master).toMatchObject({ status: 0, stderr: "" });
  expect(master.stdout).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16} sha256:[0-9a-f]{64} [0-9a-f]{64}\n$/);
  const worker = run("sh", at("join"), "worker", "worker-1");
  expect(worker.stdout).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16} sha256:[0-9a-f]{64} \n$/);

  const secrets = "/api/v1/namespaces/kube-system/secrets";
  const secret = z.looseObject({
    metadata: z.looseObject({ name: z.string() }),
    data: z.record(z.string(), z.string()),
  });
  const kept = jsonOf(
    z.looseObject({ items: z.array(secret) }),
    (await server.ask("GET", secrets)).body,
  );
  const tokens = kept.items.filter(({ metadata }) => metadata.name.startsWith("bootstrap-token-"));
  const minutes = tokens.map(({ data }) => {
    const until = Date.parse(Buffer.from(data.expiration ?? "", "base64").toString());
    return Math.round((until - Date.now()) / 60_000);
  });
  // The third is kubeadm's own, with which the uploaded certificates go after two hours.
  expect(minutes.sort((a, b) => a - b)).toEqual([15, 15, 120]);
  const uploaded = kept.items.find(({ metadata }) => metadata.name === "kubeadm-certs");
  expect(Object.keys(uploaded?.data ?? {})).toContain("ca.key");
});
