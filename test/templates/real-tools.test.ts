import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needTool, runTool } from "../support/tools";

const goldens = resolve(__dirname, "../__files__");
const golden = (name: string) => readFileSync(join(goldens, name), "utf8");

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "real-tools-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the daemon's own test where `eth0` and the scripts exist and nothing else can be touched. */
function keepalivedTest(text: string) {
  for (const tool of ["keepalived", "ip"]) needTool(tool);
  const path = join(directory, "keepalived.conf");
  writeFileSync(path, text);
  const inside = `set -e
mount -t tmpfs none /usr/local/bin
install -m 0755 "$1"/check_traefik.sh "$1"/keepalived_notify.sh /usr/local/bin
ip link add eth0 type veth peer name peer0
keepalived -t -f "$2"`;
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  return runTool("unshare", [...user, "--net", "--mount", "sh", "-c", inside, "sh", goldens, path]);
}

test.each(["keepalived.conf", "keepalived-weighted.conf"])("keepalived accepts %s", (name) => {
  expect(keepalivedTest(golden(name))).toEqual({ status: 0, words: "" });
});

test("keepalived would refuse what the templates never write", () => {
  const interval = keepalivedTest(
    golden("keepalived.conf").replace("interface eth0", "interface eth9"),
  );
  expect(interval.status).toBe(5);
  const unsecured = golden("keepalived.conf").replace("  enable_script_security\n", "");
  expect(keepalivedTest(unsecured).status).toBe(6);
});

test("haproxy accepts haproxy.cfg and takes every warning for an error", () => {
  const ca = join(directory, "ca.crt");
  const subject = ["-subj", "/CN=kubernetes", "-days", "2", "-nodes"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const files = ["-keyout", join(directory, "ca.key"), "-out", ca];
  expect(runTool("openssl", ["req", "-x509", ...key, ...files, ...subject]).status).toBe(0);
  const path = join(directory, "haproxy.cfg");
  const good = golden("haproxy.cfg").replace("/etc/haproxy/kubernetes-ca.crt", ca);
  writeFileSync(path, good);
  expect(runTool("haproxy", ["-c", "-dW", "-f", path]).status).toBe(0);
  writeFileSync(path, good.replace("timeout server 4h", "# none"));
  expect(runTool("haproxy", ["-c", "-dW", "-f", path]).status).toBe(1);
});

test("Lua accepts lsyncd.conf.lua", () => {
  const path = join(goldens, "lsyncd.conf.lua");
  expect(runTool("luac5.3", ["-p", path])).toEqual({ status: 0, words: "" });
});

test("lsyncd stops when the stack's own file is missing at the source", () => {
  const path = join(directory, "lsyncd.conf.lua");
  writeFileSync(path, golden("lsyncd.conf.lua").replaceAll("/etc/traefik/dynamic", directory));
  const { status, words } = runTool("lsyncd", ["-nodaemon", path]);
  expect(status).not.toBe(0);
  expect(words).toContain(`refuse to copy: no ${directory}/routes.yml`);
});

test.each([
  ["traefik.service", "/usr/local/bin/traefik"],
  ["lsyncd.service", "/usr/bin/lsyncd"],
  ["lsyncd-full-sync.service", "/usr/bin/systemctl"],
])("systemd accepts %s", (name, program) => {
  const path = join(directory, name);
  writeFileSync(path, golden(name).replaceAll(program, "/usr/bin/true"));
  const verify = ["verify", "--recursive-errors=no", path];
  expect(runTool("systemd-analyze", verify)).toEqual({ status: 0, words: "" });
});

test("systemd accepts the timer and the drop-in", () => {
  cpSync(join(goldens, "lsyncd-full-sync.timer"), join(directory, "lsyncd-full-sync.timer"));
  const service = golden("lsyncd-full-sync.service");
  writeFileSync(join(directory, "lsyncd-full-sync.service"), service);
  const unit = "[Service]\nType=simple\nExecStart=/usr/bin/true\n";
  // Verified as one unit: a drop-in is only read together with what it changes.
  writeFileSync(join(directory, "x.service"), `${unit}${golden("restart.conf")}`);
  const paths = ["lsyncd-full-sync.timer", "x.service"].map((name) => join(directory, name));
  const verify = ["verify", "--recursive-errors=no", ...paths];
  expect(runTool("systemd-analyze", verify)).toEqual({ status: 0, words: "" });
});

test.each([
  ["bash", "check_traefik.sh"],
  ["bash", "keepalived_notify.sh"],
  ["sh", "packages.sh"],
  ["sh", "install-traefik.sh"],
  ["sh", "replication-key.sh"],
  ["sh", "authorize-key.sh"],
  ["sh", "health.sh"],
  ["sh", "host-file.sh"],
])("shellcheck finds nothing as %s in %s", (shell, name) => {
  const check = ["-s", shell, join(goldens, name)];
  expect(runTool("shellcheck", check)).toEqual({ status: 0, words: "" });
});
