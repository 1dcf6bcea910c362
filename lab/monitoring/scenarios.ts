import { stringify } from "yaml";
import { drainStandbyScript, undrainScript } from "../../templates/keepalived/drain";
import { BACKEND_URL } from "../instruments/backend";
import { armCut, signalUnit } from "../machine/faults";
import { inHost, killHost, type LabHost } from "../machine/host";
import { DYNAMIC_DIRECTORY } from "../pair/pair";
import { keepDead, letRestart, startAll } from "../scenarios/frame";
import { heal, hostDead } from "../scenarios/machine";
import { roles, type Stage } from "../scenarios/stage";
import { traefikHung } from "../scenarios/traefik";

/** A fault that lasts until it is taken back, and the alerts that it has to raise. */
export interface AlertScenario {
  name: string;
  title: string;
  /** Every alert that has to fire, and no other may. */
  fires: readonly string[];
  /** Alerts that may fire beside them, because it depends on who is quicker. @default none */
  may?: readonly string[];
  /** What `homelab status` has to say while it is there, or after it healed. @default nothing is wrong */
  status?: RegExp;
  act(stage: Stage): Promise<unknown>;
  repair(stage: Stage): Promise<unknown>;
}

const onFirst = (script: string) => (stage: Stage) => inHost(roles(stage).preferred, script);
const degraded = ["MemberUnhealthy", "RedundancyLost"] as const;

const BY_HAND = `${DYNAMIC_DIRECTORY}/by-hand.yml`;
const write = (host: LabHost, text: string) =>
  inHost(host, `cat >${BY_HAND}.tmp && mv ${BY_HAND}.tmp ${BY_HAND}`, { input: text });
const remove = async (stage: Stage) => {
  for (const host of stage.world.hosts) await inHost(host, `rm -f ${BY_HAND}`);
};

const routes = stringify({
  http: {
    routers: { hand: { entryPoints: ["web"], rule: "Host(`hand.lab.test`)", service: "hand" } },
    services: { hand: { loadBalancer: { servers: [{ url: BACKEND_URL }] } } },
  },
});

const drain = ({ vip }: Stage, { name }: LabHost) => ({ member: name, vip, handoverSec: 20 });

/** Every way of failing that the lab can hold for as long as an alert needs, the most telling first. */
export const ALERT_SCENARIOS: readonly AlertScenario[] = [
  {
    name: "traefik-stopped",
    title: "Traefik stopped on the master",
    status: /problem: traefik: traefik is not active/,
    fires: degraded,
    act: onFirst("systemctl stop traefik"),
    repair: startAll,
  },
  {
    name: "host-dead",
    title: "host of the master dead",
    status: /problem: traefik cannot be asked/,
    fires: ["MemberDown", "RedundancyLost"],
    act: async (stage) => {
      const { preferred } = roles(stage);
      (await armCut(preferred)).fire();
      await killHost(preferred);
    },
    repair: hostDead.repair,
  },
  {
    name: "both-failing",
    title: "Traefik stopped on both members",
    status: /problem: no member has/,
    fires: ["AddressWithoutHolder", "AddressUnreachable", "RouteDown", ...degraded],
    act: async ({ world }) => {
      await Promise.all(world.hosts.map((host) => inHost(host, "systemctl stop traefik")));
    },
    repair: startAll,
  },
  {
    name: "two-masters",
    title: "two masters: the members do not hear each other",
    status: /problem: .* at the same time/,
    fires: ["AddressOnTwoMembers"],
    // Both answer for the address then, and a probe meets whichever its ARP cache names.
    may: ["AddressUnreachable", "RouteDown"],
    act: async ({ world }) => {
      const rules =
        "nft add table ip lab; nft add chain ip lab in '{ type filter hook input priority 0; }'; nft add rule ip lab in ip protocol 112 drop";
      await Promise.all(world.hosts.map((host) => inHost(host, rules)));
    },
    repair: async ({ world }) => {
      await Promise.all(world.hosts.map((host) => inHost(host, "nft delete table ip lab")));
    },
  },
  {
    name: "link-cut",
    title: "cable of the master pulled",
    status: /problem: traefik cannot be asked/,
    fires: ["MemberDown", "RedundancyLost"],
    act: async (stage) => (await armCut(roles(stage).preferred)).fire(),
    repair: (stage) => heal(roles(stage).preferred.link),
  },
  {
    name: "keepalived-stopped",
    title: "keepalived stopped on the master",
    status: /problem: traefik: keepalived is not active/,
    fires: degraded,
    act: onFirst("systemctl stop keepalived"),
    repair: startAll,
  },
  {
    name: "drained",
    title: "the standby was drained and forgotten",
    status: /warning: traefik-2: drained/,
    fires: ["RedundancyLost"],
    act: (stage) => {
      const { other } = roles(stage);
      return inHost(other, drainStandbyScript(drain(stage, other)));
    },
    repair: (stage) => {
      const { other } = roles(stage);
      return inHost(other, undrainScript(drain(stage, other), false));
    },
  },
  {
    name: "lsyncd-stopped",
    title: "lsyncd stopped",
    status: /problem: traefik: lsyncd.service is (inactive|failed)/,
    fires: ["ReplicationStopped"],
    act: onFirst("systemctl stop lsyncd"),
    repair: onFirst("systemctl start lsyncd"),
  },
  {
    name: "config-broken",
    title: "a broken file saved on the first member",
    status: /problem: .* refuses the configuration on disk/,
    fires: ["ConfigurationRefused"],
    act: (stage) => write(roles(stage).preferred, "http:\n  routers:\n   - broken: [\n"),
    repair: remove,
  },
  {
    name: "config-drift",
    title: "a file edited on the second member",
    status: /warning: the configuration differs/,
    fires: ["ConfigurationDrift"],
    act: (stage) => write(roles(stage).other, routes),
    repair: remove,
  },
  {
    name: "exporter-silent",
    title: "the writer of metrics stopped",
    status: /warning: traefik: homelab-member-metrics.service is inactive/,
    fires: ["MemberMetricsOld"],
    act: onFirst("systemctl stop homelab-member-metrics"),
    repair: onFirst("systemctl start homelab-member-metrics"),
  },
  {
    name: "traefik-dead",
    title: "Traefik killed, and kept from starting",
    status: /problem: traefik: traefik is not active/,
    fires: degraded,
    act: async (stage) => {
      await keepDead(stage);
      signalUnit(roles(stage).preferred, "traefik.service", "SIGKILL");
    },
    repair: async (stage) => {
      await letRestart(stage);
      await startAll(stage);
    },
  },
  {
    name: "traefik-hung",
    title: "Traefik hung, restarted by its watchdog",
    status: /warning: traefik: .*traefik (ended by itself and was started again|was started) at/,
    fires: [],
    act: (stage) => traefikHung.act(stage),
    repair: traefikHung.repair,
  },
  {
    name: "keepalived-killed",
    title: "keepalived killed, started again by systemd",
    status: /warning: traefik: .*keepalived ended by itself and was started again at/,
    fires: [],
    act: async (stage) => signalUnit(roles(stage).preferred, "keepalived.service", "SIGKILL"),
    repair: startAll,
  },
  {
    name: "route-up",
    title: "an `up` with one route more",
    fires: [],
    act: async ({ deployment }) => deployment?.up(() => ({ routes: { more: "more.lab.test" } })),
    repair: async () => {},
  },
];
