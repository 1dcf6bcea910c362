import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addPeers, leaveScript, peersHaveLeft } from "../../templates/keepalived/membership";

let host: string;
const at = (name: string) => join(host, name);
const write = (name: string, text = "") => writeFileSync(at(name), text);
const told = (others: string[], ended: string[] = []) =>
  addPeers({ member: "traefik-3", vip: "10.0.0.101", others, ended });
const RELOAD = "try-reload-or-restart keepalived\n";

const conf = (...peers: string[]) =>
  `vrrp_instance edge {\n  unicast_peer {\n${peers.map((peer) => `    ${peer}\n`).join("")}  }\n  track_file {\n    step_aside\n  }\n}\n`;

/** A host whose neighbours are the files `up-ADDRESS`, with the end of their hardware address in them, and which has the address while `owner` is there. */
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), "membership-"));
  const stubs: Record<string, string> = {
    ip: `case "$*" in
  "neigh flush to"*) ;;
  "neigh show to"*) if [ -e "$HOST/up-$4" ]; then echo "$4 dev eth0 lladdr 02:00:00:00:00:$(cat "$HOST/up-$4") REACHABLE"; else echo "$4 dev eth0 FAILED"; fi ;;
  *) if [ -e "$HOST/owner" ] && { [ -e "$HOST/lonely" ] || [ "$(cat "$HOST/aside" 2>/dev/null)" != 1 ]; }; then echo "2: eth0 inet 192.168.1.101/24"; fi ;;
esac`,
    systemctl: `case "$1" in
  is-active) [ -e "$HOST/active" ] ;;
  -q) [ -e "$HOST/unit-$3" ] ;;
  *) echo "$*" >>"$HOST/asked" ;;
esac`,
    keepalived: '[ ! -e "$HOST/refuses" ] || { echo "no such thing"; exit 1; }',
    sleep: "true",
    install: "true",
    bash: "true",
  };
  for (const [name, body] of Object.entries(stubs)) {
    writeFileSync(at(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
});
afterEach(() => rmSync(host, { recursive: true, force: true }));

// dash is what `sh` is on Debian; bash is what sshd starts for root.
function run(script: string, shell: string) {
  const env = {
    PATH: `${host}:/usr/bin:/bin`,
    HOST: host,
    SHLVL: "3",
    NEW: at("new"),
    HOMELAB_HA_KEEPALIVED: host,
    HOMELAB_HA_ASIDE: at("aside"),
  };
  const { status, stdout, stderr } = spawnSync(`/bin/${shell}`, ["-c", script], {
    env,
    encoding: "utf8",
  });
  return { status, words: stdout + stderr };
}
const asked = () => (existsSync(at("asked")) ? readFileSync(at("asked"), "utf8") : "");

test.each(
  ["bash", "dash"].flatMap((shell) =>
    [
      { what: "a peer that is struck out and answers", up: ["13"], to: ["12"], refused: "13" },
      { what: "one of several", up: ["12", "13"], to: ["13"], refused: "12" },
      { what: "one that is switched off", up: ["12"], to: ["12"] },
      { what: "one that was ended", up: ["12", "13"], to: ["12"], ended: ["10.0.0.13"] },
      { what: "a peer more", up: ["12", "13", "14"], to: ["12", "13", "14"] },
      // Only whole addresses count: .1 is no part of .12.
      { what: "a longer address", up: ["12"], to: ["120", "13"], refused: "12" },
    ].map((row) => ({ shell, ended: [], refused: undefined, ...row })),
  ),
)("$shell: keepalived's new text: $what", ({ shell, up, to, ended, refused }) => {
  write("keepalived.conf", conf("10.0.0.12", "10.0.0.13"));
  write("new", conf(...to.map((last) => `10.0.0.${last}`)));
  for (const last of up) write(`up-10.0.0.${last}`);
  const { status, words } = run(peersHaveLeft(ended), shell);
  if (refused === undefined) expect([status, words]).toEqual([0, ""]);
  else {
    expect(words).toContain(`10.0.0.${refused} is no member any more`);
    expect(status).toBe(1);
  }
});

test("a first text has no peers to miss", () => {
  write("new", conf("10.0.0.12"));
  expect(run(peersHaveLeft([]), "bash")).toEqual({ status: 0, words: "" });
});

test.each(["bash", "dash"])(
  "%s: a member that runs hears of new peers, and keeps the others",
  (shell) => {
    write("active");
    write("keepalived.conf", conf("10.0.0.12", "10.0.0.99"));
    expect(run(told(["10.0.0.12", "10.0.0.13"]), shell)).toEqual({ status: 0, words: "" });
    expect(readFileSync(at("keepalived.conf"), "utf8")).toBe(
      conf("10.0.0.13", "10.0.0.12", "10.0.0.99"),
    );
    expect(asked()).toBe(RELOAD);
    run(told(["10.0.0.12", "10.0.0.13"]), shell);
    expect(asked()).toBe(RELOAD);
  },
);

test.each([
  { what: "that knows all", refuses: false, status: 0, peers: ["10.0.0.12"] },
  { what: "whose keepalived refuses", refuses: true, status: 1, peers: ["10.0.0.13"] },
])("a member $what keeps its text", ({ refuses, status, peers }) => {
  write("active");
  if (refuses) write("refuses");
  write("keepalived.conf", conf("10.0.0.12"));
  write("up-10.0.0.12");
  expect(run(told(peers, ["10.0.0.12"]), "dash").status).toBe(status);
  expect(readFileSync(at("keepalived.conf"), "utf8")).toBe(conf("10.0.0.12"));
  expect(asked()).toBe("");
});

test("a member whose keepalived does not run, or is just being started, reads the new peers then", () => {
  write("keepalived.conf", conf("10.0.0.12"));
  expect(run(told(["10.0.0.12", "10.0.0.13"]), "dash").status).toBe(0);
  expect(readFileSync(at("keepalived.conf"), "utf8")).toBe(conf("10.0.0.13", "10.0.0.12"));
});

test.each(["bash", "dash"])("%s: a reload that failed is made good by the next run", (shell) => {
  write("keepalived.conf", conf("10.0.0.12"));
  const broken = '#!/bin/sh\necho "$*" >>"$HOST/asked"; [ ! -e "$HOST/broken" ]\n';
  writeFileSync(at("systemctl"), broken, { mode: 0o755 });
  write("broken");
  expect(run(told(["10.0.0.12", "10.0.0.13"]), shell).status).toBe(1);
  rmSync(at("broken"));
  for (let times = 0; times < 2; times += 1) {
    expect(run(told(["10.0.0.12", "10.0.0.13"]), shell)).toEqual({ status: 0, words: "" });
  }
  expect(asked()).toBe(RELOAD + RELOAD);
});

test.each(
  ["bash", "dash"].flatMap((shell) =>
    [
      { what: "nobody has", holders: {} },
      { what: "a member has", holders: { 101: "02", 12: "02", 13: "03" } },
      { what: "a host has that leaves", holders: { 101: "04", 12: "02", 14: "04" } },
      { what: "a stranger has", holders: { 101: "09", 12: "02", 13: "03" }, stranger: "09" },
      { what: "a silent stranger has", holders: { 101: "09" }, stranger: "09" },
    ].map((row) => ({ shell, stranger: undefined, ...row })),
  ),
)("$shell: a new member comes to an address that $what", ({ shell, holders, stranger }) => {
  for (const [last, wire] of Object.entries(holders)) write(`up-10.0.0.${last}`, wire);
  const { status, words } = run(told(["10.0.0.12", "10.0.0.13"], ["10.0.0.14"]), shell);
  expect([status, words]).toEqual(
    stranger === undefined
      ? [0, ""]
      : [
          1,
          `traefik-3: a host that is no member (02:00:00:00:00:${stranger}) has 10.0.0.101, and would keep it beside the members; switch it off, or list it under leaving if it was one\n`,
        ],
  );
  expect(existsSync(at("keepalived.conf"))).toBe(false);
});

const leave = leaveScript({
  ...{ member: "traefik-3", vip: "192.168.1.101", handoverSec: 0.5 },
  units: ["lsyncd.service", "traefik-config-watcher.service"],
});

test.each(["bash", "dash"])("%s: a member that leaves gives the address away first", (shell) => {
  for (const name of ["owner", "unit-keepalived", "unit-traefik-config-watcher.service"])
    write(name);
  write("aside", "0\n");
  write("keepalived.conf", conf("10.0.0.12"));
  // Another member has taken the address: it does not come back when the mark is gone.
  writeFileSync(at("rm"), `#!/bin/sh\n/bin/rm -f "$HOST/owner"; exec /bin/rm "$@"\n`, {
    mode: 0o755,
  });
  expect(run(leave, shell)).toEqual({ status: 0, words: "" });
  expect(asked()).toBe(
    "disable --quiet --now keepalived\ndisable --quiet --now traefik-config-watcher.service\n",
  );
  expect([existsSync(at("keepalived.conf")), existsSync(at("keepalived.conf.left"))]).toEqual([
    false,
    true,
  ]);
  expect(run(leave, shell)).toEqual({ status: 0, words: "" });
  expect(existsSync(at("keepalived.conf.left"))).toBe(true);
});

test("it stays a member while nobody takes the address from it", () => {
  for (const name of ["owner", "lonely", "unit-keepalived"]) write(name);
  write("aside", "0\n");
  const { status, words } = run(leave, "bash");
  expect(status).toBe(1);
  expect(words).toContain("traefik-3: no other member took the address within 3 s");
  expect([asked(), readFileSync(at("aside"), "utf8")]).toEqual(["", "0\n"]);
});

test.each(
  ["bash", "dash"].flatMap((shell) =>
    [
      // One of two is replaced by another host.
      { what: "the old member answers", up: ["13"], refused: true },
      { what: "the old member is dead", up: [], refused: false },
      { what: "the old member leaves", up: ["13"], ended: ["10.0.0.13"], refused: false },
    ].map((row) => ({ shell, ended: [], ...row })),
  ),
)("$shell: a member hears who takes another's place: $what", ({ shell, up, ended, refused }) => {
  const text = conf("10.0.0.13");
  write("keepalived.conf", text);
  write("active");
  for (const last of up) write(`up-10.0.0.${last}`);
  const { status, words } = run(told(["10.0.0.14"], ended), shell);
  const live = readFileSync(at("keepalived.conf"), "utf8");
  if (refused) {
    expect(words).toContain("10.0.0.13 is no member any more, and its host answers");
    expect([status, live, asked()]).toEqual([1, text, ""]);
  } else {
    // The dead one is forgotten later, with the member's own new text.
    expect([status, live]).toEqual([0, conf("10.0.0.14", "10.0.0.13")]);
    expect(asked()).toBe(RELOAD);
  }
});

test.each(["bash", "dash"])("%s: nothing is asked of a pair whose members stay", (shell) => {
  write("keepalived.conf", conf("10.0.0.13"));
  write("active");
  write("up-10.0.0.13");
  expect(run(told(["10.0.0.13"]), shell)).toEqual({ status: 0, words: "" });
  expect(asked()).toBe("");
});
