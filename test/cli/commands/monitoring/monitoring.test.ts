import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { monitoringFacts } from "../../../../cli/commands/monitoring/facts";
import { writeMonitoring } from "../../../../cli/commands/monitoring/run";
import { monitoringLines } from "../../../../cli/commands/monitoring/text";
import { houseOf } from "../../../../cli/commands/runbook/house";
import { monitoringSchema } from "../../../../config/sections/operation/monitoring";
import { alertsOf } from "../../../../model/monitoring/alerts";
import { procedures } from "../../../../model/runbook/runbook";
import { root } from "../../../support/clusters/homelab";
import { stackData, stackOf } from "../../../support/clusters/stacks";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "monitoring-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const stacks = readdirSync(root).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
const everything = monitoringSchema.parse({ status: { exporter: "192.168.1.5:9100" } });

const factsOf = (stack: string, monitoring = everything) =>
  monitoringFacts(stack, stackOf(stackData(stack)), monitoring);

test.each(stacks)("%s: every alert waits longer than what goes well takes", (stack) => {
  const facts = factsOf(stack);
  for (const address of facts.addresses) {
    expect(address.moveSec).toBeGreaterThan(0);
    const own = alertsOf(facts).filter(({ place }) => place === address.place);
    const of = (name: string) => own.find((alert) => alert.name === name)?.forSec;
    expect(own.length).toBeGreaterThan(7);
    for (const name of ["AddressWithoutHolder", "AddressOnTwoMembers", "AddressUnreachable"]) {
      expect(of(name)).toBeGreaterThan(address.moveSec + facts.scrapeSec);
    }
    expect(of("MemberUnhealthy")).toBeGreaterThan(address.moveSec + address.stopSec);
    expect(of("RedundancyLost")).toBeGreaterThan(address.rollOutSec);
  }
});

test.each(stacks)("%s: every alert leads to a section of its runbook", (stack) => {
  const sections = new Set(
    procedures(houseOf(stack, stackOf(stackData(stack)))).map((one) => one.id),
  );
  const wanted = alertsOf(factsOf(stack)).flatMap(({ runbook, name }) =>
    // A house without a certificate of its own, or without a guest under HA, may still be told of one.
    runbook === undefined || sections.has(runbook) ? [] : [`${name}: ${runbook}`],
  );
  const none = (id: string) => !sections.has(id);
  const allowed = [
    ...(none("ha-error") ? ["HaResourceInError: ha-error"] : []),
    ...(none("stale-replica") ? ["GuestReplicationFails: stale-replica"] : []),
    ...(none("address-missing") ? ["AddressUnreachable: address-missing"] : []),
  ];
  expect(wanted.filter((text) => !allowed.includes(text))).toEqual([]);
});

test("every alert has its heading in the documentation, which it links to", () => {
  const page = readFileSync(join(root, "docs/monitoring.md"), "utf8");
  const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, text]) => text));
  const names = new Set(
    stacks.flatMap((stack) => alertsOf(factsOf(stack)).map(({ name }) => name)),
  );
  for (const name of ["CertificateNearEnd", "MemberBackupOld", "MemberBackupFails"])
    names.add(name);
  expect([...names].filter((name) => !headings.has(name))).toEqual([]);
});

/** A stack file that states monitoring, beside the one of this project. */
function stated(monitoring: string): string {
  const file = join(directory, "Pulumi.two-nodes.yaml");
  const text = readFileSync(join(root, "Pulumi.two-nodes.yaml"), "utf8");
  writeFileSync(file, `${text}\n  homelab:monitoring: ${monitoring}\n`);
  return file;
}

test("the folder has every file, and what nobody watches is said", () => {
  const out = join(directory, "out");
  const written = writeMonitoring({ file: stated("{}"), out });
  expect(readdirSync(out).sort()).toEqual([
    "FILES.txt",
    "alertmanager.yml",
    "blackbox.yml",
    "grafana-dashboard.json",
    "homelab-rules.yml",
    "prometheus.yml",
    "silence.sh",
    "uptime-kuma-v1.json",
    "uptime-kuma.mjs",
  ]);
  expect(written.gaps).toEqual([
    "nothing watches HA, majority, ZFS replication, guests' backups: set homelab:monitoring.status, and run `homelab status --prometheus FILE` by a timer",
    "alerts are shown but sent nowhere: set homelab:monitoring.webhook, or add a receiver to alertmanager.yml",
    "nothing watches the age of the members' backups: set homelab:backups with its metrics folder",
  ]);
  expect(monitoringLines(written)).toContainEqual(expect.stringMatching(/^wrote 8 files to /));
  // A second run replaces the first.
  expect(writeMonitoring({ file: stated("{}"), out }).files).toEqual(written.files);
});

test("a stack that states no monitoring is refused, and told what to add", () => {
  const out = join(directory, "out");
  expect(() => writeMonitoring({ stack: "two-nodes", out })).toThrow(
    /homelab:monitoring: missing, so members serve no metrics; add `homelab:monitoring: {}`/,
  );
});

test("an IPv6 address stands in brackets in what is probed", () => {
  const text = JSON.stringify(stackData("two-nodes"))
    .replaceAll("192.168.1.20/24", "fd00:1::20/64")
    .replaceAll("192.168.1.0/24", "fd00:1::/64")
    .replaceAll(/:\/\/192\.168\.1\.(\d+)/g, "://[fd00:1::$1]")
    .replaceAll("192.168.1.", "fd00:1::");
  const { routes } = monitoringFacts("six", stackOf(JSON.parse(text)), everything);
  expect(routes.map(({ url }) => url)).toEqual(["https://[fd00:1::20]/"]);
});
