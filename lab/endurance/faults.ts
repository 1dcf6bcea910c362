import { drainStandbyScript, undrainScript } from "../../templates/keepalived/drain";
import { armCut, signalUnit, startServices } from "../machine/faults";
import { bootHost, inHost, killHost, type LabHost } from "../machine/host";
import { heal } from "../scenarios/machine";
import { type Stage, watchHost } from "../scenarios/stage";

/** One fault on one member, and what takes it back. */
export interface Fault {
  /** Name on the screen; `service` stands for Traefik or HAProxy. */
  name: string;
  act(stage: Stage, host: LabHost): Promise<unknown>;
  /** @default everything that a member runs is started, as after every fault */
  undo?(stage: Stage, host: LabHost): Promise<unknown>;
}

const serviceOf = ({ served }: Stage) => served.units[0] ?? "";
const drainOf = ({ vip }: Stage, { name }: LabHost) => ({ member: name, vip, handoverSec: 20 });

/** Everything that is done at random, to either member. */
export const FAULTS: readonly [Fault, ...Fault[]] = [
  {
    name: "service stopped",
    act: (stage, host) => inHost(host, `systemctl stop ${serviceOf(stage)}`),
  },
  {
    name: "service killed",
    act: async (stage, host) => signalUnit(host, `${serviceOf(stage)}.service`, "SIGKILL"),
  },
  {
    name: "service hung",
    act: async (stage, host) => signalUnit(host, `${serviceOf(stage)}.service`, "SIGSTOP"),
    undo: (stage, host) =>
      inHost(
        host,
        `systemctl kill -s CONT ${serviceOf(stage)}; systemctl restart ${serviceOf(stage)}`,
      ),
  },
  { name: "keepalived stopped", act: (_stage, host) => inHost(host, "systemctl stop keepalived") },
  {
    name: "keepalived killed",
    act: async (_stage, host) => signalUnit(host, "keepalived.service", "SIGKILL"),
  },
  {
    name: "host dead",
    act: async (_stage, host) => {
      (await armCut(host)).fire();
      await killHost(host);
    },
    undo: async (stage, host) => {
      await bootHost(host);
      watchHost(stage, host);
    },
  },
  {
    name: "link cut",
    act: async (_stage, host) => (await armCut(host)).fire(),
    undo: (_stage, host) => heal(host.link),
  },
  {
    name: "stepped aside",
    act: (stage, host) => inHost(host, drainStandbyScript(drainOf(stage, host))),
    undo: (stage, host) => inHost(host, undrainScript(drainOf(stage, host), false)),
  },
  {
    name: "network restarted",
    act: (_stage, host) => inHost(host, "systemctl restart systemd-networkd"),
  },
];

/** Takes a fault back, and starts whatever it may have stopped. */
export async function takeBack(stage: Stage, fault: Fault, host: LabHost): Promise<void> {
  await fault.undo?.(stage, host);
  await startServices(stage.served.units, host);
}
