import { hostText } from "../../model/network/address";
import { CHECK_DIRECTORY } from "../keepalived/keepalived";
import { LSYNCD_RUNTIME } from "../replication/lsyncd";
import { file, type Part, word } from "../text";
import { WATCHER_RUNTIME, WATCHER_SCRIPT } from "../traefik/config-watcher";
import { TRAEFIK_DRAIN_SEC } from "../traefik/traefik";

/** A unit file: sections in order, each with its settings. A setting that is `undefined` vanishes. */
export function unit(
  comment: string,
  sections: Readonly<Record<string, Readonly<Record<string, string | number | undefined>>>>,
): string {
  const body = Object.entries(sections).map(([section, settings]): Part[] => [
    `[${word(section, "section")}]`,
    ...Object.entries(settings).map(([key, value]) =>
      value === undefined ? undefined : `${word(key, "setting")}=${value}`,
    ),
  ]);
  return file(`# ${comment}`, ...body);
}

/**
 * `traefik.service`. Traefik tells systemd when it is ready and, through its own /ping, that it is
 * alive; a hung one is restarted. There is no ExecReload: routes reload by themselves, the static
 * configuration needs a restart. No sandbox setting, since those need mount namespaces that an
 * unprivileged container may not have.
 */
export function traefikUnit(graceSec: number): string {
  return unit("Traefik with the configuration in /etc/traefik.", {
    Unit: {
      Description: "Traefik reverse proxy",
      Documentation: "https://doc.traefik.io/traefik/",
      After: "network-online.target",
      Wants: "network-online.target",
      // keepalived moves the address meanwhile, so trying for ever does no harm.
      StartLimitIntervalSec: 0,
    },
    Service: {
      Type: "notify",
      ExecStart: "/usr/local/bin/traefik --configFile=/etc/traefik/traefik.yml",
      Restart: "always",
      RestartSec: 1,
      WatchdogSec: 10,
      TimeoutStopSec: graceSec + TRAEFIK_DRAIN_SEC + 5,
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/**
 * Drop-in for `keepalived.service`, which Debian ships without a restart: a killed keepalived
 * leaves the address on its interface while the peer takes it too; only a new start removes it.
 *
 * @param watcher unit that writes the file which keepalived tracks. @default it tracks none
 */
export function keepalivedDropIn(watcher?: string): string {
  return unit("A killed keepalived leaves two owners of the address until it is back.", {
    Unit: { StartLimitIntervalSec: 0, Wants: watcher, After: watcher },
    Service: {
      Restart: "on-failure",
      RestartSec: 1,
      // keepalived forgets a tracked file whose directory is not there when it starts.
      RuntimeDirectory: CHECK_DIRECTORY.replace("/run/", ""),
      RuntimeDirectoryPreserve: "yes",
    },
  });
}

/** Drop-in for the unit of a service of the user's own: a service that dies is started again, for ever. */
export function serviceDropIn(): string {
  return unit("keepalived moves the address meanwhile, so trying for ever does no harm.", {
    Unit: { StartLimitIntervalSec: 0 },
    Service: { Restart: "on-failure", RestartSec: 1 },
  });
}

/**
 * Unit of the watcher behind a tracked file. However the watcher ends, the file then says 0; a new
 * text is taken over by a reload, without a word in the file.
 */
export function checkWatcherUnit(daemon: string, script: string): string {
  const path = word(script, "script");
  return unit(`Tells keepalived several times a second how ${word(daemon, "daemon")} is.`, {
    Unit: {
      Description: `Health of ${daemon}, for keepalived`,
      StartLimitIntervalSec: 0,
    },
    Service: {
      ExecStart: path,
      ExecReload: "/bin/kill -HUP $MAINPID",
      ExecStopPost: `${path} failed`,
      Restart: "always",
      RestartSec: "100ms",
      RuntimeDirectory: CHECK_DIRECTORY.replace("/run/", ""),
      RuntimeDirectoryPreserve: "yes",
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/** What lsyncd copies, for the readers of its units. */
export interface CopiedWords {
  /** `hand-written Traefik configuration`. */
  long: string;
  /** `Traefik's dynamic configuration`. */
  short: string;
}

const TRAEFIK_COPIES: CopiedWords = {
  long: "hand-written Traefik configuration",
  short: "Traefik's dynamic configuration",
};

/**
 * `lsyncd.service`.
 *
 * @param guard file whose absence means that the source is not what it should be
 * @param certificates directory of PEM files, which lsyncd wants to find. @default none is copied
 */
export function lsyncdUnit(
  guard: string,
  certificates?: string,
  words: CopiedWords = TRAEFIK_COPIES,
): string {
  return unit(`Copies ${words.long} to the other members.`, {
    Unit: {
      Description: `Replication of ${words.short}`,
      After: "network-online.target",
      Wants: "network-online.target",
      StartLimitIntervalSec: 0,
    },
    Service: {
      ExecStartPre: `/usr/bin/test -s ${word(guard, "guard")}`,
      // lsyncd ends when a source is missing.
      ...(certificates && {
        ExecStartPre: `/bin/sh -c 'test -s ${word(guard, "guard")} && install -d -m 0700 ${word(certificates, "certificates")}'`,
      }),
      ExecStart: "/usr/bin/lsyncd -nodaemon /etc/lsyncd/lsyncd.conf.lua",
      // Whoever reaches a socket there may use its connection.
      RuntimeDirectory: LSYNCD_RUNTIME,
      RuntimeDirectoryMode: "0700",
      Restart: "always",
      RestartSec: 10,
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/** `lsyncd-full-sync.service`: lsyncd compares everything when it starts, and only then. */
export function fullSyncUnit({ short }: CopiedWords = TRAEFIK_COPIES): string {
  return unit("lsyncd repairs what drifted on a target only when it starts.", {
    Unit: { Description: `Full replication of ${short}` },
    Service: { Type: "oneshot", ExecStart: "/usr/bin/systemctl try-restart lsyncd.service" },
  });
}

/** `lsyncd-full-sync.timer`. */
export function fullSyncTimer(
  everyMinutes: number,
  { short }: CopiedWords = TRAEFIK_COPIES,
): string {
  return unit("Starts lsyncd-full-sync.service.", {
    Unit: { Description: `Full replication of ${short}, regularly` },
    Timer: { OnActiveSec: `${everyMinutes}min`, OnUnitActiveSec: `${everyMinutes}min` },
    Install: { WantedBy: "timers.target" },
  });
}

/** `traefik-config-watcher.service`. */
export function configWatcherUnit(): string {
  return unit("Tries Traefik's configuration after each change and compares the members'.", {
    Unit: {
      Description: "Watcher of Traefik's dynamic configuration",
      After: "network-online.target",
      Wants: "network-online.target",
      StartLimitIntervalSec: 0,
    },
    Service: {
      ExecStart: WATCHER_SCRIPT,
      Restart: "always",
      RestartSec: 5,
      RuntimeDirectory: WATCHER_RUNTIME,
      RuntimeDirectoryPreserve: "yes",
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/** `traefik-config-sum.socket`: the member's checksum on its own address, for the other members. */
export function configSumSocket(address: string, port: number): string {
  return unit("Tells the other members the checksum of Traefik's configuration.", {
    Unit: { Description: "Checksum of Traefik's dynamic configuration" },
    Socket: {
      ListenStream: `${hostText(word(address, "address"))}:${word(port, "port")}`,
      FreeBind: "yes",
      Accept: "yes",
      MaxConnections: 16,
      MaxConnectionsPerSource: 4,
    },
    Install: { WantedBy: "sockets.target" },
  });
}

/** `traefik-config-sum@.service`: one answer, by a user who may read nothing else. */
export function configSumService(): string {
  return unit("Answers one request for the checksum.", {
    Unit: {
      Description: "Checksum of Traefik's dynamic configuration",
      CollectMode: "inactive-or-failed",
    },
    Service: {
      ExecStart: `-${WATCHER_SCRIPT} serve`,
      StandardInput: "socket",
      StandardError: "journal",
      User: "daemon",
      RuntimeMaxSec: 5,
    },
  });
}

/** `keepalived-handover.socket`: the member's own address, where the others ask it to keep connections. */
export function handoverSocket(address: string, port: number): string {
  return unit("Other members ask here to keep open connections over a planned change.", {
    Unit: { Description: "Hand-over of open connections" },
    Socket: {
      ListenStream: `${hostText(word(address, "address"))}:${word(port, "port")}`,
      FreeBind: "yes",
      Accept: "yes",
      MaxConnections: 16,
      MaxConnectionsPerSource: 8,
    },
    Install: { WantedBy: "sockets.target" },
  });
}

/** `keepalived-handover@.service`: one answer. It sets rules and addresses, so it runs as root. */
export function handoverService(script: string): string {
  return unit("Answers one question of another member.", {
    Unit: {
      Description: "Hand-over of open connections",
      CollectMode: "inactive-or-failed",
    },
    Service: {
      ExecStart: `-${word(script, "script")} serve`,
      StandardInput: "socket",
      StandardError: "journal",
      RuntimeMaxSec: 20,
    },
  });
}

/** Command that tests a new unit file under its real name, since systemd judges it by that too. */
export function verifyUnit(name: string): string {
  const unitName = word(name, "unit");
  return `work=$(mktemp -d); cp "$NEW" "$work/${unitName}"; systemd-analyze verify --recursive-errors=no "$work/${unitName}"; status=$?; rm -rf "$work"; exit $status`;
}

/** Unit of the writer of a member's metrics. */
export function memberMetricsUnit(script: string): string {
  return unit("Writes metrics of this member for prometheus-node-exporter.", {
    Unit: { Description: "Metrics of this member", StartLimitIntervalSec: 0 },
    Service: { ExecStart: word(script, "script"), Restart: "always", RestartSec: 5 },
    Install: { WantedBy: "multi-user.target" },
  });
}

/**
 * Drop-in for Debian's `prometheus-node-exporter.service`: it reads the members' metrics too, and
 * listens on the member's own address only. Options of the host's own go on in `$ARGS`.
 */
export function exporterDropIn(address: string, port: number, metrics: string): string {
  const listen = `${word(address, "address")}:${word(port, "port")}`;
  return `# Serves the metrics of this member.
[Unit]
StartLimitIntervalSec=0

[Service]
ExecStart=
ExecStart=/usr/bin/prometheus-node-exporter --collector.textfile.directory=${word(metrics, "directory")} --web.listen-address=${listen} $ARGS
RestartSec=2
`;
}
