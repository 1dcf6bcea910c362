import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { openStack } from "../../clients/pulumi/engine";
import { moveGuest } from "../../sim/proxmox/api";
import { startSim } from "../../sim/server";
import { engineTest, stateFolder } from "../support/engine";
import { kubeadmStack } from "../support/kubeadm/stack";
import { refusal } from "../support/platform";

const statsPassword = "1f0c9a3be7d2486f85a1c0d4";

/** The stack on an empty cluster of simulated platforms. */
async function scene(
  guests: { vmid: number; type: "ct" | "vm"; node: string; name: string }[] = [],
) {
  const stateDir = stateFolder();
  const sim = await startSim({ pveVersion: 9, nodes: ["pve1", "pve2", "pve3"], guests });
  onTestFinished(() => sim.stop());
  const configFile = join(stateDir, "stack.yaml");
  writeFileSync(configFile, stringify({ config: kubeadmStack() }));
  const { program } = await import("../../program.js");
  const run = () => program({ statsPasswords: { "k8s-api": statsPassword } });
  const names = { stack: "kubeadm", project: "kubeadm" };
  const stack = await openStack({ ...names, program: run, sim, stateDir, configFile });
  return { sim, stack };
}

engineTest(
  "machines are made, spread over the nodes and joined in order; again, nothing changes",
  async () => {
    const { sim, stack } = await scene();
    const order: string[] = [];
    const planned = (await stack.preview()).changeSummary;
    const up = await stack.up({
      onEvent: ({ resOutputsEvent: done }) => {
        const name = done?.metadata.urn.split("::").at(-1);
        if (name !== undefined) order.push(name);
      },
    });
    expect(up.summary.resourceChanges).toEqual(planned);
    const { guests } = sim.world.state.proxmox;
    expect(
      Object.values(guests).map(({ name, type, node }) => `${type} ${name} on ${node}`),
    ).toEqual([
      "vm lb1 on pve1",
      "vm lb2 on pve2",
      "vm master1 on pve1",
      "vm master2 on pve2",
      "vm master3 on pve3",
      "vm worker1 on pve1",
      "vm worker2 on pve2",
    ]);
    const steps = order.filter((name) =>
      /^(lb|master|worker)\d$|-(kubeadm-(ca|init|join)|health)$/.test(name),
    );
    expect(steps.slice(0, 7).sort()).toEqual([
      "lb1",
      "lb2",
      "master1",
      "master2",
      "master3",
      "worker1",
      "worker2",
    ]);
    expect(steps.slice(7, 13)).toEqual([
      "k8s-api-master1-kubeadm-ca",
      "k8s-api-lb2-health",
      "k8s-api-lb1-health",
      "k8s-api-master1-kubeadm-init",
      "k8s-api-master2-kubeadm-join",
      "k8s-api-master3-kubeadm-join",
    ]);
    expect(steps.slice(13).sort()).toEqual([
      "k8s-api-worker1-kubeadm-join",
      "k8s-api-worker2-kubeadm-join",
    ]);

    const same = { same: planned.create };
    expect((await stack.up()).summary.resourceChanges).toEqual(same);
    // HA moves machines; the provider finds them.
    sim.world.change((state) => moveGuest(state.proxmox, 810, "pve3"));
    await stack.refresh();
    expect((await stack.up()).summary.resourceChanges).toEqual(same);
    expect(sim.world.state.proxmox.guests["810"]).toMatchObject({ node: "pve3", running: true });
  },
);

engineTest("rejects a machine whose VMID another guest has, in the preview", async () => {
  const { stack } = await scene([{ vmid: 810, type: "ct", node: "pve2", name: "paper" }]);
  expect(await refusal(stack.preview())).toContain(
    'virtual machine 810 (master1) cannot be created: its VMID belongs to CT "paper" on pve2; give master1 another vmid',
  );
});
