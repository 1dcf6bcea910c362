import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { initCa, initFirst } from "../../../templates/kubeadm/init";
import {
  authorizeJoin,
  JOIN_COMMAND_FILE,
  joinCommand,
  joinKey,
  joinScript,
} from "../../../templates/kubeadm/join";
import {
  initConfiguration,
  joinConfiguration,
  type KubeadmCluster,
} from "../../../templates/kubeadm/kubeadm";
import { handedOut, kubeadmStandIn } from "../../support/kubeadm/stand-in";
import { freePort, startSshd } from "../../support/sshd";
import { runTool, toolEnv } from "../../support/tools";

const cluster: KubeadmCluster = {
  name: "k8s-api",
  // Nobody listens there.
  endpoint: "127.0.0.1:1",
  certificateSans: ["192.168.56.100"],
  podSubnet: "10.244.0.0/16",
  serviceSubnet: "10.96.0.0/12",
};

/** One host: its folders, its programs, and a shell with them. */
function host(name: string) {
  const directory = mkdtempSync(join(tmpdir(), `kubeadm-${name}-`));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const at = (path: string) => join(directory, path);
  for (const path of ["run", "etc"]) mkdirSync(at(path));
  const standIn = kubeadmStandIn(directory);
  const env: Record<string, string> = {
    PATH: `${standIn.bin}:${toolEnv.PATH}`,
    HOME: directory,
    HOMELAB_HA_KUBERNETES: at("etc"),
    HOMELAB_HA_KUBEADM: at("work"),
    HOMELAB_HA_RUN: at("run"),
    HOMELAB_HA_JOIN_KEY: at("join-key"),
  };
  const run = (script: string, input = "", more: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
      input,
      env: { ...env, ...more },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  return { ...standIn, at, env, run };
}

test("shellcheck finds nothing in any of the scripts, and none resets a node", () => {
  const node = { name: "node-1", address: "192.168.56.11" };
  const joins = (["control-plane", "worker"] as const).map((role) =>
    joinScript({
      role,
      node: node.name,
      user: "root",
      first: { address: "192.168.56.10", port: 22, hostKey: "ssh-ed25519 AAAA" },
      configuration: joinConfiguration(cluster, node, role),
    }),
  );
  const scripts = [
    initCa({ ...cluster, version: "v1.34.4" }),
    initFirst(cluster.endpoint),
    joinCommand(),
    joinKey(),
    authorizeJoin({ role: "worker", ...node }),
    ...joins,
  ];
  for (const script of scripts) {
    expect(runTool("shellcheck", ["-s", "sh", "-"], { input: script })).toEqual({
      status: 0,
      output: "",
    });
    expect(script).not.toContain("kubeadm reset");
  }
});

const first = { name: "master-1", address: "127.0.0.1" };
const done = { status: 0, stdout: "", stderr: "" };

test("the first master makes the CA once and prints it", () => {
  const master = host("first");
  const made = master.run(initCa(cluster));
  expect(made).toMatchObject({ status: 0, stderr: "" });
  expect(made.stdout).toMatch(/^-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n$/);
  expect(master.run(initCa(cluster))).toEqual(made);
  expect(master.calls().match(/phase certs ca/g)).toHaveLength(1);
});

test("rejects to found a second cluster where an API server answers already", async () => {
  const endpoint = `127.0.0.1:${await spawnServer()}`;
  const master = host("second");
  expect(master.run(initCa({ endpoint }))).toEqual({
    status: 1,
    stdout: "",
    stderr: `an API server answers at ${endpoint}, but this host belongs to no cluster; list a master first that does, and this one after it\n`,
  });
  expect(existsSync(master.at("etc/pki"))).toBe(false);
});

test("rejects a kubeadm of another release, and a host without one", () => {
  const master = host("release");
  expect(master.run(initCa({ ...cluster, version: "v1.33.1" })).stderr).toBe(
    "kubeadm is v1.34.4, expected v1.33.x; install that release, or change kubeadm.version\n",
  );
  expect(master.run(initCa({ ...cluster, version: "v1.34.1" })).status).toBe(0);
  const { stderr } = host("bare").run(initCa(cluster), "", { PATH: toolEnv.PATH });
  expect(stderr).toContain(
    "kubeadm and kubelet are not installed here; make them part of the image",
  );
});

test("init runs once, with its configuration and without a token in its words", () => {
  const master = host("init");
  const configuration = initConfiguration(cluster, first);
  expect(master.run(initFirst(cluster.endpoint), configuration)).toEqual(done);
  expect(master.read("init.seen")).toBe(configuration);
  expect(master.run(initFirst(cluster.endpoint), `${configuration}# changed\n`)).toEqual(done);
  expect(master.calls().split("\n").slice(0, -1)).toEqual([
    `kubeadm init --config ${master.at("work/init.yaml")} --skip-token-print`,
  ]);
});

test("an init that was cut off goes on, resets nothing and shows no secret", () => {
  const master = host("cut");
  writeFileSync(master.at("fail"), "");
  const failed = master.run(initFirst(cluster.endpoint), initConfiguration(cluster, first));
  expect(failed).toMatchObject({ status: 1, stdout: "" });
  expect(failed.stderr).toBe(
    "half-way with *** and ***\nkubeadm init for 127.0.0.1:1 failed; mend what it says and run this again: it goes on where it was, and nothing is reset\n",
  );
  rmSync(master.at("fail"));
  expect(master.run(initFirst(cluster.endpoint), initConfiguration(cluster, first))).toEqual(done);
  const [, second] = master.calls().split("\n");
  expect(second).toContain("--ignore-preflight-errors=DirAvailable--etc-kubernetes-manifests,");
  expect(master.run(initFirst(cluster.endpoint), "")).toEqual(done);
  expect(master.calls().split("\n")).toHaveLength(3);
  expect(master.calls()).not.toContain("reset");
});

/** A cluster of one master that runs sshd, and a node beside it. */
async function scene(role: "control-plane" | "worker") {
  const master = host("join");
  const node = host("node");
  const ca = master.run(initCa(cluster)).stdout;
  master.run(initFirst(cluster.endpoint), initConfiguration(cluster, first));
  copyFileSync(master.at("etc/pki/ca.crt"), node.at("ca.crt"));
  const forced = master.at("join");
  writeFileSync(forced, joinCommand(), { mode: 0o700 });
  const sshd = await startSshd({ env: () => master.env });
  const script = joinScript({
    role,
    node: "node-1",
    user: sshd.connection.user,
    first: { address: "127.0.0.1", port: sshd.connection.port, hostKey: sshd.connection.hostKey },
    configuration: joinConfiguration(cluster, { name: "node-1", address: "127.0.0.1" }, role),
  });
  const authorize = (address = "127.0.0.1") => {
    const key = node.run(joinKey()).stdout.trim();
    const text = authorizeJoin({ role, name: "node-1", address }).replaceAll(
      JOIN_COMMAND_FILE,
      forced,
    );
    return master.run(text, key, { HOMELAB_HA_AUTHORIZED_KEYS: `${sshd.identity}.pub` });
  };
  return { master, node, ca, sshd, script, authorize };
}

test.each(["control-plane", "worker"] as const)(
  "a %s joins with what the first master makes at that moment, which stays nowhere",
  async (role) => {
    const { master, node, ca, script, authorize } = await scene(role);
    expect(authorize()).toEqual(done);
    expect(node.run(script, ca)).toEqual(done);
    const seen = node.read("join.seen");
    expect(seen).toContain(`token: "${handedOut.token}"\n`);
    expect(seen).toMatch(/- "sha256:[0-9a-f]{64}"\n/);
    expect(seen.includes(`certificateKey: "${handedOut.key}"`)).toBe(role === "control-plane");
    expect(seen).not.toMatch(/TOKEN|CA_CERT_HASH|CERTIFICATE_KEY/);
    expect(node.read("join.mode")).toBe("600\n");
    expect(master.calls()).toContain("kubeadm token create");
    expect(master.calls()).toContain("--ttl 15m --description join of node-1\n");
    expect(master.calls().includes("upload-certs --upload-certs --config")).toBe(
      role === "control-plane",
    );
    expect(readdirSync(node.at("run"))).toEqual([]);
    for (const calls of [master.calls(), node.calls(), script]) {
      expect(calls).not.toMatch(new RegExp(`${handedOut.token}|${handedOut.key}`));
    }
    // Again: left alone, without asking anybody.
    const asked = master.calls();
    expect(node.run(script, ca)).toEqual(done);
    expect(master.calls()).toBe(asked);
    expect(node.calls().match(/kubeadm join/g)).toHaveLength(1);
  },
  30_000,
);

test("a join that was cut off tries again with a new token and shows no secret", async () => {
  const { master, node, ca, script, authorize } = await scene("control-plane");
  authorize();
  writeFileSync(node.at("fail"), "");
  const failed = node.run(script, ca);
  expect(failed).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "half-way with *** and ***\nnode-1: kubeadm join failed; mend what it says and run this again: it goes on where it can, and nothing is reset\n",
  });
  expect(readdirSync(node.at("run"))).toEqual([]);
  rmSync(node.at("fail"));
  expect(node.run(script, ca)).toEqual(done);
  expect(master.calls().match(/token create/g)).toHaveLength(2);
  expect(node.calls()).not.toContain("reset");
}, 30_000);

test("rejects a node that joined another cluster, and leaves it as it is", async () => {
  const { node, script, authorize } = await scene("worker");
  authorize();
  const other = host("other").run(initCa(cluster)).stdout;
  mkdirSync(node.at("etc/pki"));
  copyFileSync(node.at("ca.crt"), node.at("etc/pki/ca.crt"));
  writeFileSync(node.at("etc/kubelet.conf"), "x");
  expect(node.run(script, other)).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "node-1: this host belongs to another cluster; take it out of that one by hand, for nothing here resets a node\n",
  });
  expect(readFileSync(node.at("etc/kubelet.conf"), "utf8")).toBe("x");
  expect(node.calls()).toBe("");
}, 30_000);

test("the forced command gives a name that is in the cluster nothing, and knows no other command", async () => {
  const { master, node, ca, script, authorize, sshd } = await scene("control-plane");
  authorize();
  writeFileSync(
    master.at("nodes"),
    "node-1 Ready control-plane 1d v1.34.4 node-role.kubernetes.io/control-plane=\n",
  );
  const { status, stderr } = node.run(script, ca);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      "node-1: the first master gives no token: join of node-1: a master of this name is in the cluster; where the machine was replaced, remove its etcd member and its node first\n",
  });
  expect(master.calls()).not.toContain("token create");
  rmSync(master.at("nodes"));
  const knock = `ssh -F none -i "$HOMELAB_HA_JOIN_KEY" -p ${sshd.connection.port} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ${sshd.connection.user}@127.0.0.1 'cat /etc/passwd' 2>/dev/null`;
  expect(node.run(knock).stdout).toMatch(/^\S+ sha256:\S+ [0-9a-f]{64}\n$/);
}, 30_000);

test("rejects a first master with another host key, and a node from another address", async () => {
  const { node, ca, script, authorize, sshd } = await scene("worker");
  authorize("127.0.0.9");
  expect(node.run(script, ca).stderr).toContain("node-1: the first master gives no token: ");
  authorize();
  await sshd.changeHostKey();
  expect(node.run(script, ca).stderr).toContain("Host key verification failed.");
  expect(node.calls()).toBe("");
}, 30_000);

test("authorising again changes nothing, and a new key replaces the old one", async () => {
  const { node, authorize, sshd } = await scene("worker");
  const file = `${sshd.identity}.pub`;
  const [own] = readFileSync(file, "utf8").split("\n");
  authorize();
  const once = readFileSync(file, "utf8");
  authorize();
  expect(readFileSync(file, "utf8")).toBe(once);
  rmSync(node.at("join-key"));
  authorize();
  const lines = readFileSync(file, "utf8").trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(own);
  expect(lines[1]).not.toBe(once.trim().split("\n")[1]);
}, 30_000);

test("nodes that are let in at the same time do not lose each other", async () => {
  const master = host("many");
  const file = master.at("authorized_keys");
  const runs = Array.from({ length: 8 }, (_, at) => {
    const key = host(`n${at}`).run(joinKey()).stdout.trim();
    const script = authorizeJoin({ role: "worker", name: `node-${at}`, address: "10.0.0.1" });
    const env = { ...master.env, HOMELAB_HA_AUTHORIZED_KEYS: file };
    const child = spawn("sh", ["-c", script], { env, stdio: ["pipe", "inherit", "inherit"] });
    child.stdin.end(key);
    return once(child, "exit");
  });
  expect(await Promise.all(runs)).toEqual(runs.map(() => [0, null]));
  expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(8);
}, 30_000);

/** An API server as far as "somebody answers over TLS" goes, in a process of its own. */
async function spawnServer(): Promise<number> {
  const port = await freePort();
  const { run, at } = host("answering");
  mkdirSync(at("etc/pki"));
  run("kubeadm init phase certs ca --cert-dir x");
  const files = ["-cert", at("etc/pki/ca.crt"), "-key", at("etc/pki/ca.key")];
  const server = spawn("openssl", [
    "s_server",
    "-quiet",
    "-www",
    "-accept",
    String(port),
    ...files,
  ]);
  onTestFinished(() => void server.kill());
  const url = `https://127.0.0.1:${port}/version`;
  await vi.waitFor(() => expect(run(`curl -ks ${url}`).status).toBe(0), 10_000);
  return port;
}
