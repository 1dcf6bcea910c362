import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { healthScript } from "../../templates/host/health";
import { answers, takesConnections } from "../../templates/host/health-probe";
import { hostFileScript } from "../../templates/host/host-file";
import {
  type Drain,
  drainScript,
  drainUnlessHealthy,
  undrainScript,
  undrainWhenHealthy,
} from "../../templates/keepalived/drain";

const drain: Drain = { member: "traefik", vip: "192.168.1.101", handoverSec: 0.5 };
let host: string;
const at = (name: string) => join(host, name);
const drainFile = () => readFileSync(at("aside"), "utf8").trim();
const touch = (name: string) => writeFileSync(at(name), "");

/** A host whose peer takes the address as soon as this one steps aside, unless `lonely` is there. */
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), "aside-"));
  const stubs: Record<string, string> = {
    ip: `[ -e "$HOST/elsewhere" ] || { [ ! -e "$HOST/lonely" ] && [ "$(cat "$HOST/aside")" = 1 ]; } || echo "2: eth0 inet 192.168.1.101/24 scope global"`,
    systemctl: `[ "$1" != restart ] || echo "$* while aside is $(cat "$HOST/aside" 2>/dev/null)" >>"$HOST/asked"
[ "$1" != cat ]`,
    curl: '[ ! -e "$HOST/sick" ]',
    timeout: "true",
    sleep: "true",
    journalctl: "true",
  };
  for (const [name, body] of Object.entries(stubs)) {
    writeFileSync(at(name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  writeFileSync(at("aside"), "0\n");
  touch("mark");
});
afterEach(() => rmSync(host, { recursive: true, force: true }));

// bash is what sshd starts for root, dash what `sh` is: the scripts have to mean the same in both.
function run(script: string, shell = "bash", input = "") {
  const env = {
    PATH: `${host}:/usr/bin:/bin`,
    HOST: host,
    // Else bash takes itself for one that sshd started, and reads somebody's .bashrc.
    SHLVL: "3",
    HOMELAB_HA_ASIDE: at("aside"),
    HOMELAB_HA_HISTORY: at("history"),
  };
  const { status, stdout, stderr } = spawnSync(shell, ["-c", script], {
    env,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr: stderr.replaceAll(host, "") };
}

const health = (change: Partial<Drain> = {}) =>
  healthScript({
    member: "traefik",
    units: ["traefik"],
    restart: { unit: "traefik", mark: at("mark"), stopSec: 15 },
    handoverSec: change.handoverSec ?? 0.5,
    vip: "192.168.1.101",
    questions: [answers("http://127.0.0.1:8080/ping"), takesConnections("192.168.1.101", 443)],
    settleSec: 2,
    deadlineSec: 3,
  });
const asked = () => (existsSync(at("asked")) ? readFileSync(at("asked"), "utf8") : "");

test.each(["bash", "dash"])(
  "a restart waits in %s until another member has the address",
  (shell) => {
    expect(run(health(), shell)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(asked()).toBe("restart traefik while aside is 1\n");
    expect([drainFile(), existsSync(at("mark")), existsSync(at("aside.rollout"))]).toEqual([
      "0",
      false,
      false,
    ]);
  },
);

test("a member without the address restarts at once, and one without a mark not at all", () => {
  touch("elsewhere");
  expect(run(health()).stderr).toBe("");
  expect(asked()).toBe("restart traefik while aside is 0\n");
  rmSync(at("elsewhere"));
  expect(run(health()).stderr).toBe("");
  expect(asked()).toBe("restart traefik while aside is 0\n");
});

test("says so and goes on when nobody takes the address", () => {
  touch("lonely");
  const { status, stderr } = run(health());
  expect({ status, stderr }).toMatchInlineSnapshot(`
    {
      "status": 0,
      "stderr": "traefik: no other member took the address within 3 s (none is healthy, or they stepped aside as well); requests are lost until another member has it
    ",
    }
  `);
  expect([asked(), drainFile()]).toEqual(["restart traefik while aside is 0\n", "0"]);
});

test("says so and goes on where no member ever takes it, or keepalived tracks no file", () => {
  expect(run(health({ handoverSec: Infinity })).stderr).toMatchInlineSnapshot(`
    "traefik: no member takes the address from one that steps aside, because preempt is false or the others have priority 1; requests are lost until another member has it
    "
  `);
  touch("mark");
  rmSync(at("aside"));
  expect(run(health()).stderr).toMatchInlineSnapshot(`
    "traefik: keepalived tracks no /aside, so the address cannot leave first; requests are lost until another member has it
    "
  `);
  expect(existsSync(at("aside"))).toBe(false);
});

test("a member steps back also when it does not become healthy", () => {
  touch("sick");
  const { status, stderr } = run(health());
  expect([status, stderr.split("\n")[0]]).toEqual([
    1,
    "traefik is not healthy after 3 s: http://127.0.0.1:8080/ping does not answer with 200; the other members are left as they are",
  ]);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["0", false]);
});

test("a member steps back also when the run is killed", () => {
  // The restart itself ends the run, as somebody with `kill` does.
  writeFileSync(at("systemctl"), '#!/bin/sh\n[ "$1" != restart ] || kill "$PPID"\n');
  chmodSync(at("systemctl"), 0o755);
  expect(run(health()).status).toBe(1);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["0", false]);
});

test("what a run left behind is taken back by the next one; what people asked for stays", () => {
  writeFileSync(at("aside"), "1\n");
  rmSync(at("mark"));
  expect(run(health()).status).toBe(0);
  expect(drainFile()).toBe("1");
  touch("aside.rollout");
  expect(run(health()).status).toBe(0);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["0", false]);
});

test("a unit of an earlier profile is stopped last, and its files join the history", () => {
  writeFileSync(at("systemctl"), '#!/bin/sh\necho "$*" >>"$HOST/asked"\n');
  writeFileSync(at("watch.sh"), "the watcher\n");
  const script = healthScript({
    ...{ member: "traefik", units: ["traefik"], handoverSec: 0.5, settleSec: 1, deadlineSec: 3 },
    retired: [{ unit: "watch.service", files: [at("watch.sh"), at("gone")] }],
    vip: "192.168.1.101",
    questions: [answers("http://127.0.0.1:8080/ping"), takesConnections("192.168.1.101", 443)],
  });
  expect(run(script)).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(asked().split("\n").slice(-4)).toEqual([
    "cat watch.service",
    "disable --quiet --now watch.service",
    "daemon-reload",
    "",
  ]);
  const kept = at(`history${at("watch.sh")}`);
  const [version = ""] = readdirSync(kept);
  expect(version).toMatch(/^\d{19}$/);
  expect(readFileSync(join(kept, version), "utf8")).toBe("the watcher\n");
  expect(existsSync(at("watch.sh"))).toBe(false);
});

/** Puts a check in place as a roll-out does. */
function putCheck(text: string) {
  const { username } = userInfo();
  const script = hostFileScript({
    host: "traefik",
    path: at("check.sh"),
    sha256: createHash("sha256").update(text).digest("hex"),
    mode: "0755",
    owner: `${username}:${username}`,
    test: `bash -n "$NEW" && { ${drainUnlessHealthy(drain)}; }`,
    reload: undrainWhenHealthy(at("check.sh")),
  });
  return run(script, "bash", text);
}

test("a check that the daemon does not pass yet makes the member step aside before it is live", () => {
  expect(putCheck("#!/bin/sh\nexit 1\n")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["1", true]);
  // The daemon is restarted, and the health step ends it.
  expect(run(health()).status).toBe(0);
  expect(drainFile()).toBe("0");
});

test("a check that is taken back lets the member return", () => {
  putCheck("#!/bin/sh\nexit 1\n");
  expect(putCheck("#!/bin/sh\nexit 0\n").status).toBe(0);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["0", false]);
});

test("a check that the daemon passes moves nothing", () => {
  writeFileSync(at("ip"), '#!/bin/sh\necho "2: eth0 inet 192.168.1.101/24"\n');
  expect(putCheck("#!/bin/sh\nexit 0\n").status).toBe(0);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["0", false]);
});

test("stepping aside by hand lasts until the member is told to step back", () => {
  expect(run(drainScript(drain)).stdout).toMatch(/^took \d+\n$/);
  expect([drainFile(), existsSync(at("aside.rollout"))]).toEqual(["1", false]);
  expect(run(undrainScript(drain, true)).stdout).toMatch(/^took \d+\n$/);
  expect(drainFile()).toBe("0");
});

test("rejects to stay aside when nobody took the address", () => {
  touch("lonely");
  expect(run(drainScript(drain))).toMatchInlineSnapshot(`
    {
      "status": 1,
      "stderr": "no other member took the address within 3 s; it stays on traefik, as before
    ",
      "stdout": "",
    }
  `);
  expect(drainFile()).toBe("0");
  expect(() => drainScript({ ...drain, handoverSec: Infinity })).toThrow(
    "traefik: no member takes the address",
  );
});
