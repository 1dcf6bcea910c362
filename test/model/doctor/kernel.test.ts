import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { judgeHandover, judgeInotify, kernelQuestion } from "../../../model/doctor/kernel";
import { handoverScript } from "../../../templates/keepalived/handover";
import { needTool, runTool } from "../../support/tools";

// The kernel of this machine answers, to the root of a user namespace with a network of its own: what
// an unprivileged container is.

needTool("nft");
needTool("systemd-run");

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kernel-"));
  mkdirSync(join(root, "bin"));
});
afterEach(() => rmSync(root, { recursive: true }));

const script = handoverScript({
  vips: ["192.168.1.101", "fd00:1::101"],
  interface: "eth0",
  peers: [{ name: "traefik-2", address: "192.168.1.103" }],
  port: 8082,
  drainSec: 60,
});

/** What is told of the container, by word; `before` runs in it first. */
function asked(handover: string | undefined, before = ""): Map<string, string> {
  const inside = `ip link add eth0 type veth peer name eth1; root=${root}; PATH=${root}/bin:$PATH
mkdir -p $root/proc/sys/fs/inotify; cp /proc/sys/fs/inotify/max_user_instances $root/proc/sys/fs/inotify/
${before}
${kernelQuestion(handover)}`;
  const { output } = runTool("unshare", ["--user", "--map-root-user", "--net", "sh", "-c", inside]);
  return new Map(
    output.split("\n").map((line) => {
      const [word = "", ...rest] = line.split(" ");
      return [word, rest.join(" ")];
    }),
  );
}

const left = (count: number) => `echo ${count} >/proc/sys/user/max_inotify_instances`;

test.each([
  [15, "problem"],
  [16, "ok"],
  [0, "problem"],
])("with %s inotify instances left a member is a %s", (count, verdict) => {
  const { found, fix, ...result } = judgeInotify(
    "dns",
    asked(undefined, left(count)).get("inotify"),
  );
  expect(result).toEqual({ check: "inotify", subject: "dns", verdict });
  if (verdict === "ok") return;
  expect(found).toMatch(new RegExp(`^only ${count} of 16 instances are free, of at most \\d+ `));
  expect(fix?.[0]).toMatch(/echo fs\.inotify\.max_user_instances=\d{4,} >\S+ && sysctl --system$/);
});

test.each([
  ["? 16", "the host does not tell its limit"],
  ["128 ", "no perl tells whether instances are free; the limit is 128"],
  ["128", "no perl tells whether instances are free; the limit is 128"],
])("what is not known of inotify is not checked: %j", (printed, found) => {
  expect(judgeInotify("dns", printed)).toMatchObject({ verdict: "not checked", found });
});

/** Stands for the nft of a container whose node has no such module: the kernel's own words. */
const REFUSED = `#!/bin/sh
echo "/dev/stdin:14:5-10: Error: Could not process rule: No such file or directory" >&2
exit 1
`;
const program = (name: string, text: string) =>
  writeFileSync(join(root, "bin", name), text, { mode: 0o755 });
const judged = (before = "", given?: string) => {
  const told = asked(given, before);
  return judgeHandover("dns", told.get("handover"), told.has("rolled"));
};

test("an unprivileged container whose kernel has what it takes can keep connections, before the first up", () => {
  expect(judged("", script)).toEqual([
    {
      check: "open connections",
      subject: "dns",
      verdict: "ok",
      found: "can be kept over a planned change",
    },
  ]);
});

test("a kernel without the modules is a problem that names them", () => {
  program("nft", REFUSED);
  const [result] = judged("", script);
  expect(result?.verdict).toBe("problem");
  expect(result?.found).toContain("Could not process rule: No such file or directory");
  expect(result?.fix?.[0]).toBe(
    "load nf_tables, nft_socket, nft_dup_ipv4 and nft_dup_ipv6 on the node (/etc/modules)",
  );
});

test("without nft the kernel was not asked, unless an up has brought it and it is gone", () => {
  const without = `for tool in bash cat; do ln -s "$(command -v $tool)" ${root}/bin; done; PATH=${root}/bin`;
  expect(judged(without, script)[0]).toMatchObject({
    verdict: "not checked",
    found: expect.stringContaining("nft is not installed yet"),
  });
  mkdirSync(join(root, "usr/local/bin"), { recursive: true });
  writeFileSync(join(root, "usr/local/bin/keepalived_handover.sh"), script, { mode: 0o755 });
  for (const given of [script, undefined]) {
    const [result] = judged(without, given);
    expect(result).toMatchObject({ verdict: "problem", fix: ["run `pulumi up`"] });
  }
});

test("a container that may not write its own network's settings is told so", () => {
  // As where /proc/sys is mounted read-only.
  const [result] = judged("ip link set eth0 down; ip link del eth0", script);
  expect(result).toMatchObject({
    verdict: "problem",
    found: expect.stringContaining("/proc/sys/net/ipv4/conf/eth0/arp_ignore cannot be written"),
    fix: ["mount /proc/sys/net writable in the container"],
  });
});

test("where connections are cut anyway, the kernel is not asked about them", () => {
  expect(judged()).toEqual([]);
});
