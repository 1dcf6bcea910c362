import { expect, test } from "vitest";
import { checkHosts } from "../../../../cli/commands/doctor/hosts";
import { freePort, startSshd } from "../../../support/sshd";

/** What doctor says of one host that is reached through another one. */
async function checked(change: { pinned?: string; gone?: true } = {}) {
  const jump = await startSshd();
  const target = await startSshd({ host: "127.0.0.2", identity: jump.identity });
  const { user, hostKey } = jump.connection;
  const port = change.gone ? await freePort() : jump.connection.port;
  const proxy = { host: "127.0.0.1", port, user, hostKey: change.pinned ?? hostKey };
  const host = {
    name: "traefik-1",
    address: "127.0.0.2",
    debian: 12 as const,
    interfaces: [],
    keyPath: ["guests", "traefik-1", "hostKey"],
    hostKey: target.connection.hostKey,
  };
  const access = { user, port: target.connection.port, identity: jump.identity, proxy };
  const { checks } = await checkHosts([host], { ...access, secretKeyOf: undefined, env: {} });
  return {
    lines: checks.map(({ check, verdict, found, fix = [] }) =>
      [`${verdict} ${check}: ${found}`, ...fix]
        .join(" -> ")
        .replaceAll(/SHA256:[A-Za-z0-9+/]+/g, "SHA256")
        .replaceAll(/(127\.0\.0\.\d):\d+/g, "$1:PORT")
        .replaceAll(user, "USER"),
    ),
    reached: target.connections(),
  };
}

test("a jump host is looked at by itself, and the hosts through it", async () => {
  const { lines } = await checked();
  expect(lines.slice(0, 3)).toEqual([
    "ok jump host: USER is let in at 127.0.0.1:PORT, with the pinned key",
    "ok host key: SHA256 is pinned",
    "ok login: USER is let in at 127.0.0.2:PORT",
  ]);
});

test("a jump host with another key is a problem, and nothing goes through it", async () => {
  const other = await startSshd();
  const { lines, reached } = await checked({ pinned: other.connection.hostKey });
  expect(lines[0]).toMatch(
    /^problem jump host: 127\.0\.0\.1:PORT shows SHA256, and SHA256 is pinned, so no host is reached through it -> compare on its console: ssh-keygen -lf \/etc\/ssh\/ssh_host_ed25519_key\.pub -> only if it is the same as shown, write in homelab:cluster\.ssh\.proxy\.hostKey: ssh-ed25519 /,
  );
  expect(lines[1]).toMatch(
    /^problem host key: 127\.0\.0\.2:PORT shows no host key: .*host key mismatch/,
  );
  expect(reached).toBe(0);
});

test("a jump host that is gone is named", async () => {
  const { lines } = await checked({ gone: true });
  expect(lines[0]).toMatch(
    /^problem jump host: 127\.0\.0\.1:PORT shows no host key: .* -> see whether it is up/,
  );
});
