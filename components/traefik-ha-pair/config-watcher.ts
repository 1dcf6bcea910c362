import type { Command } from "@pulumi/command/remote/command";
import { certificateFiles } from "../../config/sections/certificates";
import {
  configSumService,
  configSumSocket,
  configWatcherUnit,
  verifyUnit,
} from "../../templates/host/systemd";
import {
  CONFIG_WATCHER_UNITS,
  configWatcherScript,
  WATCHER_SCRIPT,
} from "../../templates/traefik/config-watcher";
import type { HostFile } from "../shared/host-files";
import { fileIn, type Scope } from "../shared/member-scope";
import { CERTIFICATES_FILE, type TraefikFacts } from "./facts";
import type { TraefikKind } from "./options";

const [WATCHER, SOCKET] = CONFIG_WATCHER_UNITS;
const SUM_SERVICE = "traefik-config-sum@.service";

/** A systemd unit, and what is to be done once systemd has read it. */
interface UnitFile {
  name: string;
  content: string;
  /** @default nothing */
  restart?: string;
}

/** Seconds for which members may differ while a roll-out goes from one to the next. */
const ROLL_OUT_SEC = 60;

/** The watcher of the dynamic configuration, and the socket that tells its checksum. */
export function configWatcherFiles(
  scope: Scope<TraefikKind>,
  facts: TraefikFacts,
  after: readonly Command[],
): Record<string, HostFile> {
  const { dynamicDirectory, pingPort, driftPort } = facts.traefik;
  const { certificates, replication } = facts;
  const peers = facts.members
    .filter(({ name }) => name !== scope.member.name)
    .map(({ name, address }) => ({ name, address }));
  const script = fileIn(
    scope,
    "configWatcher",
    {
      path: WATCHER_SCRIPT,
      mode: "0755",
      content: configWatcherScript({
        host: scope.member.name,
        directory: dynamicDirectory,
        metricsPort: pingPort,
        driftPort,
        peers,
        graceSec: ROLL_OUT_SEC + Math.ceil(replication?.delaySec ?? 0),
        ...(certificates && {
          certificates: {
            directory: certificates.directory,
            file: CERTIFICATES_FILE,
            pairs: certificates.names.map(certificateFiles),
          },
        }),
      }),
      test: 'bash -n "$NEW"',
      // Before the first roll-out there is no unit yet, and its absence is no failure.
      reload: `! systemctl -q cat ${WATCHER} >/dev/null 2>&1 || systemctl try-restart ${WATCHER}`,
    },
    after,
  );
  const unit = (kind: TraefikKind, { name, content, restart }: UnitFile, last: Command) =>
    fileIn(
      scope,
      kind,
      {
        path: `/etc/systemd/system/${name}`,
        content,
        reload: `systemctl daemon-reload${restart ? ` && systemctl restart ${restart}` : ""}`,
        // A template cannot be judged alone, and a socket only beside its service.
        ...(name.includes("@") || name === SOCKET ? {} : { test: verifyUnit(name) }),
      },
      [last],
    );
  const watcher = unit(
    "configWatcherUnit",
    { name: WATCHER, content: configWatcherUnit(), restart: WATCHER },
    script.command,
  );
  const service = unit(
    "configSumService",
    { name: SUM_SERVICE, content: configSumService() },
    script.command,
  );
  const socket = unit(
    "configSumSocket",
    { name: SOCKET, content: configSumSocket(scope.member.address, driftPort), restart: SOCKET },
    service.command,
  );
  return {
    "config-watcher": script,
    [WATCHER]: watcher,
    [SUM_SERVICE]: service,
    [SOCKET]: socket,
  };
}
