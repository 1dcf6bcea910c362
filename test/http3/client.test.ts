import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { makeChecks } from "../../cli/commands/cutover/probes";
import { cacheFolder } from "../../lab/machine/places";
import { scratch } from "../support/clusters/homelab";
import { issue } from "../support/cutover/house";

const host = "app.example.org";
const [address, port] = ["127.0.20.31", 18_443];

/** The Traefik that the lab keeps. */
const traefik = existsSync(cacheFolder())
  ? readdirSync(cacheFolder())
      .map((name) => join(cacheFolder(), name, "usr/local/bin/traefik"))
      .find(existsSync)
  : undefined;

/** A curl with HTTP/3, as Debian 13 has it; elsewhere name one in HOMELAB_CURL. */
const curl = process.env.HOMELAB_CURL ?? "curl";
const able = /HTTP3/.test(spawnSync(curl, ["--version"], { encoding: "utf8" }).stdout ?? "");

test("a real client finds out whether a real Traefik speaks HTTP/3", async () => {
  // A failure and no skipped test: whoever runs this wants to know.
  expect({ traefik: traefik !== undefined, curl: able }).toEqual({ traefik: true, curl: true });
  const found = [await check(true), await check(false)];
  expect(found).toEqual([
    { outcome: "pass", found: "HTTP/3, status 200" },
    { outcome: "fail", found: expect.stringMatching(/^curl: \(\d+\)/) },
  ]);
});

async function check(http3: boolean) {
  const home = scratch();
  const { key, cert, ca } = issue(home.dir);
  const routes = join(home.dir, "routes.yml");
  const ping = { rule: `Host(\`${host}\`)`, service: "ping@internal", tls: {} };
  writeFileSync(
    routes,
    stringify({
      http: { routers: { ping } },
      tls: { certificates: [{ certFile: cert, keyFile: key }] },
    }),
  );
  const entry = `--entrypoints.secure.address=${address}:${port}`;
  const server = spawn(
    traefik ?? "",
    [
      entry,
      ...(http3 ? ["--entrypoints.secure.http3"] : []),
      "--ping.manualrouting",
      `--providers.file.filename=${routes}`,
    ],
    { stdio: "ignore" },
  );
  try {
    await listening();
    const probe = { kind: "http3" as const, host, address, port, path: "/" };
    const [checked] = await makeChecks([probe], { caFile: ca, curl });
    return { outcome: checked?.outcome, found: checked?.found };
  } finally {
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await gone;
    home.remove();
  }
}

/** Traefik takes a moment to open its entry point and to read its routes. */
async function listening(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, address, () => resolve(Boolean(socket.destroy())));
      socket.once("error", () => resolve(false));
    });
    if (open) return new Promise((resolve) => setTimeout(resolve, 1000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("Traefik does not listen");
}
