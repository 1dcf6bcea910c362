import { CHECK_DIRECTORY } from "./keepalived";
import { file, type Part, word } from "./text";
import { TRAEFIK_DRAIN_SEC } from "./traefik";

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
      RuntimeDirectory: watcher && CHECK_DIRECTORY.replace("/run/", ""),
      RuntimeDirectoryPreserve: watcher && "yes",
    },
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

/** `lsyncd.service`; `guard` is a file whose absence means that the source is not what it should be. */
export function lsyncdUnit(guard: string): string {
  return unit("Copies hand-written Traefik configuration to the other members.", {
    Unit: {
      Description: "Replication of Traefik's dynamic configuration",
      After: "network-online.target",
      Wants: "network-online.target",
      StartLimitIntervalSec: 0,
    },
    Service: {
      ExecStartPre: `/usr/bin/test -s ${word(guard, "guard")}`,
      ExecStart: "/usr/bin/lsyncd -nodaemon /etc/lsyncd/lsyncd.conf.lua",
      Restart: "always",
      RestartSec: 10,
    },
    Install: { WantedBy: "multi-user.target" },
  });
}

/** `lsyncd-full-sync.service`: lsyncd compares everything when it starts, and only then. */
export function fullSyncUnit(): string {
  return unit("lsyncd repairs what drifted on a target only when it starts.", {
    Unit: { Description: "Full replication of Traefik's dynamic configuration" },
    Service: { Type: "oneshot", ExecStart: "/usr/bin/systemctl try-restart lsyncd.service" },
  });
}

/** `lsyncd-full-sync.timer`. */
export function fullSyncTimer(everyMinutes: number): string {
  return unit("Starts lsyncd-full-sync.service.", {
    Unit: { Description: "Full replication of Traefik's dynamic configuration, regularly" },
    Timer: { OnActiveSec: `${everyMinutes}min`, OnUnitActiveSec: `${everyMinutes}min` },
    Install: { WantedBy: "timers.target" },
  });
}

/** Command that tests a new unit file under its real name, since systemd judges it by that too. */
export function verifyUnit(name: string): string {
  const unitName = word(name, "unit");
  return `work=$(mktemp -d); cp "$NEW" "$work/${unitName}"; systemd-analyze verify --recursive-errors=no "$work/${unitName}"; status=$?; rm -rf "$work"; exit $status`;
}
