import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pairNamed } from "../../../cli/lib/vrrp-pair";
import { resolveStack } from "../../../config/resolve";
import { healthyFunction } from "../../../templates/host/health-probe";
import { memberProbe, standingProbe } from "../../../templates/host/member-health";
import { stackData, stackOf } from "../../support/clusters/stacks";

let host: string;
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), "standing-probe-"));
});
afterEach(() => rmSync(host, { recursive: true, force: true }));

const stub = (name: string, body: string) =>
  writeFileSync(join(host, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

const { settings, service } = pairNamed(resolveStack(stackOf(stackData("homelab"))), "traefik");
const [member] = settings.members;

/** What a member says of its health whose Traefik answers on another port than the stack file states. */
function saidBy(probe: ReturnType<typeof standingProbe>, deployed: "passes" | "fails"): string {
  for (const name of ["systemctl", "timeout"]) stub(name, "true");
  stub("curl", "exit 7");
  stub("check_traefik.sh", deployed === "passes" ? "true" : "exit 1");
  const script = `${healthyFunction(probe)}if fit; then echo fit; else echo "sick $why"; fi`;
  const { stdout } = spawnSync(
    "/bin/sh",
    ["-c", script.replaceAll("/usr/local/bin/", `${host}/`)],
    { env: { PATH: `${host}:/usr/bin:/bin` }, encoding: "utf8" },
  );
  return stdout.trim();
}

test("before the next up the member's own check counts, whatever port the stack file states", () => {
  if (!member) throw new Error("no member");
  const probe = standingProbe(member, settings, service);
  expect(saidBy(probe, "passes")).toBe("fit");
  expect(saidBy(probe, "fails")).toMatch(/^sick http:\/\/127\.0\.0\.1:\d+\/ping does not answer/);
});

test("a roll-out still asks the port that it brought", () => {
  if (!member) throw new Error("no member");
  expect(saidBy(memberProbe(member, settings, service), "passes")).toMatch(/^sick http/);
});
