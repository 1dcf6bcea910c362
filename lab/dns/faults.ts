import { armCut, signalUnit, startServices } from "../machine/faults";
import { bootHost, inHost, killHost } from "../machine/host";
import { keepDead, letRestart } from "../scenarios/frame";
import { heal } from "../scenarios/machine";
import { roles, type Stage } from "../scenarios/stage";
import { ANSWERS, CONF, REFUSES } from "./resolver";

/** What of a stage the faults need. */
export type DnsStage = Pick<Stage, "world" | "served" | "vip">;

/** Something that happens to the member that has the address. */
export interface DnsFault {
  title: string;
  prepare?(stage: DnsStage): Promise<void>;
  act(stage: DnsStage): Promise<void>;
  repair(stage: DnsStage): Promise<void>;
}

const UNIT = "unbound.service";
const started = async ({ world, served }: DnsStage) => startServices(served.units, ...world.hosts);
const configured = (text: string) => `cat >${CONF} <<'EOF'\n${text}EOF\nsystemctl reload unbound`;

/** Every fault, after a time in which nothing happens. */
export const DNS_FAULTS: readonly DnsFault[] = [
  { title: "none", act: async () => {}, repair: async () => {} },
  {
    title: "resolver dead (`kill -9`, does not come back)",
    prepare: (stage) => keepDead(stage, "unbound"),
    act: async (stage) => void signalUnit(roles(stage).preferred, UNIT, "SIGKILL"),
    repair: async (stage) => {
      await letRestart(stage, "unbound");
      await started(stage);
    },
  },
  {
    title: "resolver hung (`SIGSTOP`)",
    act: async (stage) => void signalUnit(roles(stage).preferred, UNIT, "SIGSTOP"),
    repair: async (stage) => {
      const script = `systemctl kill -s CONT ${UNIT}; systemctl restart ${UNIT}`;
      await inHost(roles(stage).preferred, script);
    },
  },
  {
    title: "resolver answers `SERVFAIL`",
    act: async (stage) => void (await inHost(roles(stage).preferred, configured(REFUSES))),
    repair: async (stage) => void (await inHost(roles(stage).preferred, configured(ANSWERS))),
  },
  {
    title: "keepalived stopped",
    act: async (stage) => void (await inHost(roles(stage).preferred, "systemctl stop keepalived")),
    repair: started,
  },
  {
    title: "host dead",
    act: async (stage) => {
      const { preferred } = roles(stage);
      // First, so that its dying kernel cannot answer anybody.
      (await armCut(preferred)).fire();
      await killHost(preferred);
    },
    repair: async (stage) => {
      await bootHost(roles(stage).preferred);
      await started(stage);
    },
  },
  {
    title: "link cut",
    act: async (stage) => void (await armCut(roles(stage).preferred)).fire(),
    repair: async (stage) => void (await heal(roles(stage).preferred.link)),
  },
];
