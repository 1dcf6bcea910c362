import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { openStack } from "../../../clients/pulumi/engine";
import { policyPack } from "../../../clients/pulumi/project";
import { parseStackFile } from "../../../config/file/parse-file";
import { program } from "../../../program";
import { seedFromStack } from "../../../sim/seed";
import { startSim } from "../../../sim/server";
import { put } from "../../support/clusters/stacks";
import { engineTest, stateFolder } from "../../support/engine";
import { refusal } from "../../support/platform";

const example = join(__dirname, "../../../examples/Pulumi.two-node-dns.yaml");

/** The resolvers of the example, on simulated platforms, with a file that can be edited. */
async function scene() {
  const stateDir = stateFolder();
  const configFile = join(stateDir, "Pulumi.two-node-dns.yaml");
  const data = parse(readFileSync(example, "utf8"));
  const { stack: house } = parseStackFile(stringify(data)).parsed;
  if (house === undefined) throw new Error("the example is refused");
  const sim = await startSim(seedFromStack(house));
  onTestFinished(() => sim.stop());
  const open = () => {
    writeFileSync(configFile, stringify(data));
    const run = () => program({}, stateDir);
    return openStack({ stack: "two-node-dns", program: run, sim, stateDir, configFile });
  };
  const log = () => sim.world.state.changes.map(({ method, name }) => `${method} ${name}`);
  return {
    pair: data.config["homelab:servicePairs"].dns,
    world: sim.world,
    faults: sim.faults,
    open,
    /** What one operation changed, in order. */
    async changed(operation: () => Promise<unknown>): Promise<string[]> {
      const before = log().length;
      await operation();
      return log().slice(before);
    },
    runs: (address: string) => sim.world.state.hosts[address]?.runs.length ?? 0,
  };
}

engineTest("a service pair: up, up again, one member's file, both members', destroy", async () => {
  const { open, changed, runs, pair, world } = await scene();
  const packed = { policyPacks: [policyPack] };
  const stack = await open();
  const made = await changed(() => stack.up(packed));
  const at = (step: string) => made.indexOf(`create dns-${step}`);
  // The members hear of each other, then the one of lower priority first, and copies when both are healthy.
  const order = ["pi-peers", "pi-packages", "pi-keepalived-conf", "pi-health", "dns-1-packages"];
  order.push("dns-1-keepalived-conf", "dns-1-health", "pi-after-copy", "dns-1-lsyncd-key");
  order.push("pi-lsyncd-authorized-key", "dns-1-lsyncd-start");
  expect(order.map(at)).toEqual([...order.map(at)].sort((a, b) => a - b));
  expect(order.map(at)).not.toContain(-1);

  expect(await changed(() => stack.up(packed))).toEqual([]);
  const [container, pi] = ["192.168.1.21", "192.168.1.22"].map(runs);

  put(pair, ["members", 1, "interface"], "end0");
  const one = await open();
  const edited = await changed(() => one.up(packed));
  // Two files at once; its health is asked when both are there.
  expect(edited.slice(0, 2).sort()).toEqual([
    "update dns-pi-keepalived-conf",
    "update dns-pi-notify",
  ]);
  expect(edited.slice(2)).toEqual(["create dns-pi-health", "delete dns-pi-health"]);
  expect([runs("192.168.1.21"), runs("192.168.1.22")]).toEqual([container, Number(pi) + 3]);

  put(pair, ["check", "dns", "expected"], "192.168.1.2");
  const both = await open();
  const rolled = await changed(() => both.up(packed));
  // The owner of the address is touched only when the other one is known to be healthy.
  const touched = rolled.filter((step) => !/^delete/.test(step));
  const last = touched.indexOf("create dns-pi-health");
  const first = touched.findIndex((step) => step.includes(" dns-dns-1-"));
  expect(touched.filter((step) => step.includes(" dns-pi-")).length).toBe(last + 1);
  expect(first).toBe(last + 1);
  expect(touched.at(-1)).toBe("create dns-dns-1-health");

  const ran = Object.values(world.state.hosts).map((host) => host.runs.length);
  await both.destroy();
  // No script of a deletion ran on a host.
  expect(Object.values(world.state.hosts).map((host) => host.runs.length)).toEqual(ran);
  expect(world.state.proxmox.backupJobs).toEqual({});
});

engineTest("a member that does not answer ends an up before the owner is touched", async () => {
  const { open, changed, faults, pair } = await scene();
  await (await open()).up();
  put(pair, ["check", "dns", "expected"], "192.168.1.2");
  const stack = await open();
  faults.replace([{ kind: "host-down", host: "192.168.1.22" }]);
  const said: string[] = [];
  const gone = await changed(async () => said.push(await refusal(stack.up())));
  expect(said.join()).toContain("dial tcp 192.168.1.22:22: connect: no route to host");
  expect(gone).toEqual([]);
  faults.replace([]);
  const back = await changed(() => stack.up());
  expect(back.filter((step) => !/^delete/.test(step)).at(-1)).toBe("create dns-dns-1-health");
});
