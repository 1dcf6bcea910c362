import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homelab, root, startHomelab } from "../../../support/clusters/homelab";
import { servedPair, touch } from "../../../support/rehearsed-pair";
import type { Sshd } from "../../../support/sshd";

/** The rehearsed pair alone, with members that have hardware addresses and a state of keepalived. */
async function pair() {
  const rehearsed = await servedPair();
  const { first, second, flags } = rehearsed;
  tell(first, "MASTER", "52:54:00:00:00:01", "");
  tell(second, "BACKUP", "52:54:00:00:00:02", "52:54:00:00:00:01");
  const [, file = "", , , , identity = ""] = flags;
  const statusWith = async (env: Record<string, string>, ...more: string[]) => {
    const args = ["status", "--file", file, "--identity", identity, ...more];
    const { code, stdout, stderr } = await startHomelab(args, root, env).ended;
    if (stdout === "") throw new Error(stderr);
    return {
      code,
      text: stdout
        .replace(/\d{4}-\d\d-\d\dT\S+Z/, "NOW")
        // Which of them depends on the machine.
        .replace(/(?<=not compared with the last `up`: )(?:\\.|[^"\\\n])*/, "REASON"),
    };
  };
  const status = (...more: string[]) => statusWith({}, ...more);
  return { ...rehearsed, status, statusWith };
}

function tell({ dir }: Sshd, state: string, mac: string, seen: string): void {
  const ip = `#!/bin/sh
case "$*" in
  *"address show"*) [ ! -e "$HOST/owner" ] || echo "2: eth0 inet 127.0.0.101/24 scope global eth0" ;;
  *"link show"*) echo "2: eth0: <UP> mtu 1500 link/ether ${mac} brd ff:ff:ff:ff:ff:ff" ;;
  *"neigh show"*) [ -z "${seen}" ] || echo "127.0.0.101 dev eth0 lladdr ${seen} REACHABLE" ;;
esac
`;
  writeFileSync(join(dir, "bin/ip"), ip, { mode: 0o755 });
  const answers =
    '#!/bin/sh\necho "$*" >>"$HOST/asked"\n[ "$1" != is-active ] || [ "$2" = --quiet ] || echo active\n';
  writeFileSync(join(dir, "bin/systemctl"), answers, { mode: 0o755 });
  writeFileSync(join(dir, "aside"), "0\n");
  writeFileSync(
    join(dir, "keepalived_traefik.prom"),
    `homelab_keepalived_state{instance="traefik",state="${state}"} 1\nhomelab_keepalived_last_transition_timestamp_seconds{instance="traefik"} 1700000000\n`,
  );
}

test("a healthy pair, and a cluster for which there is no token", async () => {
  const { status } = await pair();
  expect(await status()).toMatchInlineSnapshot(`
    {
      "code": 0,
      "text": "rehearsed: not everything could be asked
    4 unknown, 1 warning, 2 ok; NOW

    unknown  traefik: it answers, and does not tell the checksum of its configuration and whether its service accepts its configuration
             → run \`pulumi up\`, then look at traefik
    unknown  traefik-2: it answers, and does not tell the checksum of its configuration and whether its service accepts its configuration
             → run \`pulumi up\`, then look at traefik-2
    unknown  files: not compared with the last \`up\`: REASON
    unknown  cluster: not asked: PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN: missing in the environment; set PROXMOX_VE_ENDPOINT to the URL of a node and PROXMOX_VE_API_TOKEN to a token with the role PVEAuditor on /
    warning  backups: nobody backs up the files that people wrote on the members of traefikPairs.traefik
             → set homelab:backups: docs/backup.md
    ok       traefikPairs.traefik: 127.0.0.101 is on traefik
    ok       traefikPairs.traefik: traefik-2 can take 127.0.0.101 over
    ",
    }
  `);
});

/** A Pulumi CLI that knows a state in which one file was put on each host. */
function stateOf(hosts: Record<string, Sshd>, path: string, text: string, folder: string) {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const resources = Object.entries(hosts).map(([host, { dir }]) => ({
    type: "command:remote:Command",
    urn: `urn:${host}`,
    // The state of a real stack has some megabytes.
    outputs: { stdout: "x".repeat(300_000) },
    inputs: { create: `# file ${dir}${path} on ${host}, sha256 ${sha256}\nset -eu\n`, stdin: "x" },
  }));
  const bin = join(folder, "engine");
  mkdirSync(bin);
  writeFileSync(
    join(folder, "state.json"),
    JSON.stringify({ version: 3, deployment: { resources } }),
  );
  writeFileSync(join(bin, "pulumi"), `#!/bin/sh\ncat "${folder}/state.json"\n`, { mode: 0o755 });
  return { PATH: `${bin}:${process.env.PATH}` };
}

/** A file as a roll-out leaves it: with a folder of its own in the history. */
function rolledOut({ dir }: Sshd, path: string, text: string): void {
  const history = join(dir, "history", dir, path);
  mkdirSync(history, { recursive: true });
  writeFileSync(join(history, ".test"), "");
  writeFileSync(join(dir, path), text);
}

test("a file that somebody changed since the last up is named, with what mends it", async () => {
  const { first, second, statusWith } = await pair();
  for (const host of [first, second]) rolledOut(host, "/routes.yml", "as deployed\n");
  const env = stateOf(
    { traefik: first, "traefik-2": second },
    "/routes.yml",
    "as deployed\n",
    first.dir,
  );
  expect((await statusWith(env)).text).toContain(
    "ok       files: 2 files are as the last `up` left them",
  );
  writeFileSync(join(second.dir, "routes.yml"), "edited\n");
  const { code, text } = await statusWith(env);
  expect(code).toBe(0);
  expect(text).toContain(
    `warning  traefik-2: not as the last \`up\` left it: ${second.dir}/routes.yml`,
  );
  expect(text).toContain("pulumi state taint 'urn:traefik-2' --yes, then pulumi up");
}, 120_000);

test("two holders are named, and end with code 1", async () => {
  const { second, status } = await pair();
  touch(second, "owner");
  const { code, text } = await status();
  expect(code).toBe(1);
  expect(text).toContain("127.0.0.101 is on traefik and traefik-2 at the same time");
});

test("a member that is gone costs no answer of the others", async () => {
  const { second, status } = await pair();
  await second.stop();
  const { code, text } = await status("--json");
  const { items, level } = JSON.parse(text) as { items: { text: string }[]; level: string };
  expect([code, level]).toEqual([1, "problem"]);
  const texts = items.map((item) => item.text);
  expect(texts).toContain("127.0.0.101 is on traefik");
  expect(texts.find((one) => one.startsWith("traefik-2 cannot be asked"))).toContain(
    "connection refused",
  );
});

test("a simulated cluster is asked, its hosts are not, and that is said", async () => {
  const { code, stdout } = await homelab("status", "--stack", "homelab", "--simulated");
  expect(code).toBe(0);
  expect(stdout.replace(/\d{4}-\d\d-\d\dT\S+Z/, "NOW")).toMatchInlineSnapshot(`
    "homelab: not everything could be asked
    1 unknown, 1 warning, 1 ok; NOW

    unknown  virtual addresses: simulated hosts have no SSH, so no member was asked
    warning  backups: nobody backs up the files that people wrote on the members of traefikPairs.traefik
             → set homelab:backups: docs/backup.md
    ok       cluster: 3 of 3 nodes are online, with a majority
    "
  `);
});
