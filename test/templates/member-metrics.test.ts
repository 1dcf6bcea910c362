import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answers as asked } from "../../templates/host/health-probe";
import { memberMetricsScript } from "../../templates/host/member-metrics";
import { runTool } from "../support/tools";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "member-metrics-"));
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, "metrics"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What is other than on a member that is well and has not the address. */
interface Host {
  address?: string;
  /** Units that are not active. */
  dead?: string[];
  answers?: boolean;
  drained?: string;
  state?: string;
}

/** Runs the writer once on a host whose programs say what a case wants. */
function metricsOf({ address = "192.168.1.21", dead = [], answers = true, drained, state }: Host) {
  const program = (name: string, body: string) => {
    const path = join(directory, "bin", name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  };
  program("ip", `echo '2: eth0    inet ${address}/24 brd 192.168.1.255 scope global eth0'`);
  program("curl", `exit ${answers ? 0 : 22}`);
  program(
    "systemctl",
    `[ "$1" != show ] || { echo 'Thu 2026-01-01 00:00:00 UTC'; exit 0; }
for unit in ${dead.join(" ")}; do [ "$3" != "$unit" ] || exit 3; done`,
  );
  const metrics = join(directory, "metrics");
  const drain = join(directory, "drain");
  if (drained !== undefined) writeFileSync(drain, drained);
  const lines = ["MASTER", "BACKUP", "FAULT", "STOP"].map(
    (name) =>
      `homelab_keepalived_state{instance="edge",state="${name}"} ${name === state ? 1 : 0}\n`,
  );
  if (state !== undefined) {
    // As keepalived leaves it, whose scripts let nobody else read.
    writeFileSync(join(metrics, "keepalived_edge.prom"), lines.join(""), { mode: 0o600 });
  }
  const pem = join(directory, "pem");
  mkdirSync(pem);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const files = ["-keyout", join(pem, "x.key"), "-out", join(pem, "x.example.org.crt")];
  runTool("openssl", ["req", "-x509", ...key, "-subj", "/CN=x", "-days", "30", ...files]);
  writeFileSync(join(pem, "broken.crt"), "no certificate");
  const script = join(directory, "metrics.sh");
  const text = memberMetricsScript(
    {
      vip: "192.168.1.20",
      instance: "edge",
      units: ["traefik", "traefik-config-sum.socket", "keepalived"],
      question: asked("http://127.0.0.1:8080/ping"),
      copies: true,
      certificates: pem,
      everySec: 15,
    },
    { metrics, drain },
  );
  writeFileSync(script, text);
  const env = { ...process.env, PATH: `${join(directory, "bin")}:${process.env.PATH}` };
  const { status, stderr } = spawnSync("bash", [script, "once"], { env, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  return readFileSync(join(metrics, "homelab_member.prom"), "utf8");
}

const values = (text: string) =>
  Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]),
  );

test("what is written is in the format of prometheus, and complete", () => {
  const text = metricsOf({});
  expect(runTool("promtool", ["check", "metrics"], { input: text })).toEqual({
    status: 0,
    output: "",
  });
  const found = values(text);
  const end = Number(found['homelab_certificate_end_timestamp_seconds{file="x.example.org.crt"}']);
  expect(Math.round((end - Date.now() / 1000) / 86_400)).toBe(30);
  expect(found).toEqual({
    'homelab_member_unit_active{unit="traefik.service"}': "1",
    'homelab_member_unit_active{unit="traefik-config-sum.socket"}': "1",
    'homelab_member_unit_active{unit="keepalived.service"}': "1",
    'homelab_member_unit_active{unit="lsyncd.service"}': "1",
    homelab_member_has_address: "0",
    homelab_member_healthy: "1",
    homelab_member_drained: "0",
    homelab_member_ready: "1",
    homelab_replication_started_timestamp_seconds: "1767225600",
    'homelab_certificate_end_timestamp_seconds{file="x.example.org.crt"}': String(end),
  });
});

test.each<[string, Host, Record<string, string>]>([
  ["it has the address", { address: "192.168.1.20" }, { has_address: "1" }],
  ["an address that only begins like it", { address: "192.168.1.201" }, { has_address: "0" }],
  ["keepalived is dead", { dead: ["keepalived"] }, { healthy: "0", ready: "0" }],
  ["its service does not answer", { answers: false }, { healthy: "0", ready: "0" }],
  ["lsyncd is dead", { dead: ["lsyncd"] }, { healthy: "1", ready: "1" }],
  ["it is drained", { drained: "1\n" }, { healthy: "1", drained: "1", ready: "0" }],
  ["it is drained no more", { drained: "0\n" }, { drained: "0", ready: "1" }],
  ["keepalived is in FAULT", { state: "FAULT" }, { healthy: "1", ready: "0" }],
  ["keepalived is MASTER", { state: "MASTER" }, { healthy: "1", ready: "1" }],
])("%s", (_what, host, expected) => {
  const found = values(metricsOf(host));
  const keys = Object.keys(expected).map((key) => [key, found[`homelab_member_${key}`]]);
  expect(Object.fromEntries(keys)).toEqual(expected);
});

test("the exporter, another user, reaches every file, and nothing beside them", () => {
  mkdirSync(join(directory, "history"), { mode: 0o700 });
  chmodSync(directory, 0o700);
  metricsOf({ state: "MASTER" });
  const mode = (path: string) => (statSync(join(directory, path)).mode & 0o007).toString(8);
  expect(["", "metrics", "history"].map(mode)).toEqual(["1", "5", "0"]);
  expect(["homelab_member", "keepalived_edge"].map((name) => mode(`metrics/${name}.prom`))).toEqual(
    ["4", "4"],
  );
});
