import { expect } from "vitest";
import { openStack } from "../../clients/pulumi/engine";
import { TunnelIngress, type TunnelIngressArgs } from "../../components/tunnel-ingress";
import { startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { refusal } from "../support/platform";

const accountId = "0123456789abcdef0123456789abcdef";
const tunnelId = "11111111-2222-3333-4444-555555555555";
const recordId = "f".repeat(32);
const origin = { service: "traefik-lb", namespace: "traefik", port: 443 };
const rule = (host: string) => ({ hostname: `${host}.example.co.uk`, origin });

/** An account with a tunnel and a record that somebody made by hand, and a program with one tunnel. */
async function account() {
  const stateDir = stateFolder();
  const sim = await startSim({ zones: [{ name: "example.co.uk", accountId }], nodes: ["a"] });
  const zoneId = sim.world.state.cloudflare.zones[0]?.id ?? "";
  sim.world.change(({ cloudflare }) => {
    const config = { ingresses: [{ service: "https://10.0.20.200:443" }] };
    cloudflare.tunnels[tunnelId] = {
      id: tunnelId,
      accountId,
      name: "by-hand",
      configSrc: "cloudflare",
      config,
    };
    cloudflare.records[recordId] = {
      zoneId,
      name: "www.example.co.uk",
      type: "CNAME",
      content: `${tunnelId}.cfargotunnel.com`,
      proxied: true,
      ttl: 1,
    };
  });
  const open = (args: Partial<TunnelIngressArgs>) =>
    openStack({
      stack: "tunnel",
      project: "tunnel",
      program: async () => {
        const ingress = [rule("www"), rule("git")];
        new TunnelIngress("by-hand", { accountId, zone: "example.co.uk", ingress, ...args });
        return {};
      },
      sim,
      stateDir,
    });
  return { sim, open, zoneId };
}

engineTest("a tunnel that runs already is taken over with its record", async () => {
  const { sim, open, zoneId } = await account();
  try {
    expect(await refusal((await open({})).up())).toContain(
      "You already have a tunnel with this name",
    );
    const existing = { tunnelId, zoneId, records: { "www.example.co.uk": recordId } };
    const { summary } = await (await open({ existing })).up();
    expect(summary.resourceChanges).toMatchObject({ import: 2 });
    const { tunnels, records } = sim.world.state.cloudflare;
    expect(Object.keys(tunnels)).toEqual([tunnelId]);
    expect(Object.keys(records)).toHaveLength(2);
    expect(JSON.stringify(tunnels[tunnelId]?.config)).not.toContain("10.0.20.200");
    const again = await (await open({ existing })).preview();
    expect(Object.keys(again.changeSummary)).toEqual(["same"]);
    const without = await (await open({})).preview();
    // The arguments of the component itself; nothing at Cloudflare.
    expect(without.changeSummary).toEqual({ same: 9, update: 1 });
    const turned = await (await open({ existing, ingress: [rule("git"), rule("www")] })).up();
    // Records are named by host: the order of the rules is the business of the rules alone.
    expect(turned.summary.resourceChanges).toMatchObject({ update: 2 });
    expect(turned.summary.resourceChanges).not.toHaveProperty("replace");
  } finally {
    await sim.stop();
  }
});
