import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asRoot, needTool, runTool } from "../support/tools";

const goldens = resolve(__dirname, "../__files__");
const golden = (name: string) => readFileSync(join(goldens, name), "utf8");

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "real-tools-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Words in front of a command that needs root and namespaces: where there is no root, a user namespace. */
function unsharing(): string[] {
  const sudo = asRoot();
  return sudo === undefined ? ["unshare", "--map-root-user"] : [...sudo, "unshare"];
}

/**
 * Runs the daemon's own test in a network of its own with an `eth0`, below a root directory that
 * belongs to root also inside a user namespace: keepalived looks at who could change a script.
 */
function keepalivedTest(text: string) {
  for (const tool of ["unshare", "keepalived", "ip"]) needTool(tool);
  const path = join(directory, "keepalived.conf");
  writeFileSync(path, text.replaceAll("/usr/local/bin/", "/scripts/"));
  const inside = `set -e
root=$(mktemp -d)
mount -t tmpfs none "$root"
for from in usr bin sbin lib lib64 etc dev proc; do
  [ -d /$from ] || continue
  mkdir "$root/$from"
  mount --rbind /$from "$root/$from"
done
mkdir -p "$root/scripts" "$root/run/keepalived-track" "$root/tmp"
install -m 0755 "$1"/check_traefik.sh "$1"/keepalived_notify.sh "$root/scripts"
cp "$2" "$root/keepalived.conf"
ip link add eth0 type veth peer name peer0
set +e
chroot "$root" /usr/sbin/keepalived -t -f /keepalived.conf
status=$?
umount -l "$root" && rmdir "$root"
exit $status`;
  const [program = "", ...rest] = unsharing();
  return runTool(program, [...rest, "--net", "--mount", "sh", "-c", inside, "sh", goldens, path]);
}

test.each([
  "keepalived.conf",
  "keepalived-weighted.conf",
  "keepalived-fast.conf",
  "keepalived-dual-stack.conf",
])("keepalived accepts %s", (name) => {
  expect(keepalivedTest(golden(name))).toEqual({ status: 0, output: "" });
});

test("keepalived takes checks in fractions of a second from 2.3.2 on, and 2.2.7 does not", () => {
  const [, major = 0, minor = 0, patch = 0] =
    /Keepalived v(\d+)\.(\d+)\.(\d+)/
      .exec(runTool("keepalived", ["--version"]).output)
      ?.map(Number) ?? [];
  const fractions = major * 1e6 + minor * 1e3 + patch >= 2_003_002;
  const { status } = keepalivedTest(golden("keepalived-fast-script.conf"));
  expect(status).toBe(fractions ? 0 : 5);
});

test("keepalived would refuse what the templates never write", () => {
  const interval = keepalivedTest(
    golden("keepalived.conf").replace("interface eth0", "interface eth9"),
  );
  expect(interval.status).toBe(5);
  const unsecured = golden("keepalived.conf").replace("  enable_script_security\n", "");
  expect(keepalivedTest(unsecured).status).toBe(6);
});

test.each(["haproxy.cfg", "haproxy-dual-stack.cfg"])(
  "haproxy accepts %s and takes every warning for an error",
  (name) => {
    const ca = join(directory, "ca.crt");
    const subject = ["-subj", "/CN=kubernetes", "-days", "2", "-nodes"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const files = ["-keyout", join(directory, "ca.key"), "-out", ca];
    expect(runTool("openssl", ["req", "-x509", ...key, ...files, ...subject]).status).toBe(0);
    const path = join(directory, "haproxy.cfg");
    const good = golden(name).replace("/etc/haproxy/kubernetes-ca.crt", ca);
    writeFileSync(path, good);
    expect(runTool("haproxy", ["-c", "-dW", "-f", path]).status).toBe(0);
    writeFileSync(path, good.replace("timeout server 4h", "# none"));
    expect(runTool("haproxy", ["-c", "-dW", "-f", path]).status).toBe(1);
  },
);

test("logrotate accepts logrotate.conf", () => {
  const path = join(directory, "logrotate.conf");
  writeFileSync(path, golden("logrotate.conf"), { mode: 0o644 });
  const { status, output } = runTool("logrotate", ["-d", "-s", join(directory, "state"), path]);
  expect({ status, errors: output.match(/^error.*/gm) }).toEqual({ status: 0, errors: null });
});

test("Lua accepts lsyncd.conf.lua", () => {
  const path = join(goldens, "lsyncd.conf.lua");
  expect(runTool("luac5.3", ["-p", path])).toEqual({ status: 0, output: "" });
});

test("lsyncd stops when the stack's own file is missing at the source", () => {
  const path = join(directory, "lsyncd.conf.lua");
  writeFileSync(path, golden("lsyncd.conf.lua").replaceAll("/etc/traefik/dynamic", directory));
  const { status, output } = runTool("lsyncd", ["-nodaemon", path]);
  expect(status).not.toBe(0);
  expect(output).toContain(`refuse to copy: no ${directory}/routes.yml`);
});

test.each([
  ["traefik.service", "/usr/local/bin/traefik"],
  ["traefik-check-watcher.service", "/usr/local/bin/watch_traefik.sh"],
  ["lsyncd.service", "/usr/bin/lsyncd"],
  ["lsyncd-certificates.service", "/usr/bin/lsyncd"],
  ["traefik-config-watcher.service", "/usr/local/bin/traefik-config-watcher.sh"],
  ["lsyncd-full-sync.service", "/usr/bin/systemctl"],
])("systemd accepts %s", (name, program) => {
  const path = join(directory, name);
  writeFileSync(path, golden(name).replaceAll(program, "/usr/bin/true"));
  const verify = ["verify", "--recursive-errors=no", path];
  expect(runTool("systemd-analyze", verify)).toEqual({ status: 0, output: "" });
});

test("systemd accepts the socket with its service", () => {
  const script = "/usr/local/bin/traefik-config-watcher.sh";
  const names = ["traefik-config-sum.socket", "traefik-config-sum@.service"];
  for (const name of names) {
    writeFileSync(join(directory, name), golden(name).replace(script, "/usr/bin/true"));
  }
  const paths = names.map((name) => join(directory, name.replace("@", "@1")));
  cpSync(join(directory, "traefik-config-sum@.service"), paths[1] ?? "");
  const { status, output } = runTool("systemd-analyze", ["verify", ...paths]);
  // systemd also speaks of the units of this machine; only ours are judged here.
  const ours = output.split("\n").filter((line) => line.includes("traefik-config"));
  expect({ status, ours }).toEqual({ status: 0, ours: [] });
});

test("systemd accepts the timer and the drop-in", () => {
  cpSync(join(goldens, "lsyncd-full-sync.timer"), join(directory, "lsyncd-full-sync.timer"));
  const service = golden("lsyncd-full-sync.service");
  writeFileSync(join(directory, "lsyncd-full-sync.service"), service);
  const unit = "[Service]\nType=simple\nExecStart=/usr/bin/true\n";
  // Verified as one unit: a drop-in is only read together with what it changes.
  writeFileSync(join(directory, "x.service"), `${unit}${golden("restart.conf")}`);
  writeFileSync(join(directory, "y.service"), `${unit}${golden("restart-watched.conf")}`);
  const paths = ["lsyncd-full-sync.timer", "x.service", "y.service"].map((name) =>
    join(directory, name),
  );
  const verify = ["verify", "--recursive-errors=no", ...paths];
  expect(runTool("systemd-analyze", verify)).toEqual({ status: 0, output: "" });
});

test.each([
  ["bash", "check_traefik.sh"],
  ["bash", "keepalived_notify.sh"],
  ["bash", "watch_traefik.sh"],
  ["bash", "traefik-try-config.sh"],
  ["bash", "traefik-config-watcher.sh"],
  ["sh", "traefik-replication-door.sh"],
  ["sh", "packages.sh"],
  ["sh", "install-traefik.sh"],
  ["sh", "expect-traefik.sh"],
  ["sh", "replication-start.sh"],
  ["sh", "replication-key.sh"],
  ["sh", "authorize-key.sh"],
  ["sh", "health.sh"],
  ["sh", "standing.sh"],
  ["sh", "drain-standby.sh"],
  ["sh", "drain.sh"],
  ["sh", "undrain.sh"],
  ["sh", "host-file.sh"],
  ["sh", "history.sh"],
  ["sh", "rollback.sh"],
])("shellcheck finds nothing as %s in %s", (shell, name) => {
  const check = ["-s", shell, join(goldens, name)];
  expect(runTool("shellcheck", check)).toEqual({ status: 0, output: "" });
});
