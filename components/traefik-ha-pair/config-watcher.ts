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
import { CERTIFICATES_FILE, type TraefikFacts, type TraefikTransforms } from "./facts";

const [WATCHER, SOCKET] = CONFIG_WATCHER_UNITS;

/** Seconds for which members may differ while a roll-out goes from one to the next. */
const ROLL_OUT_SEC = 60;

/** The watcher of the dynamic configuration, and the socket that tells its checksum. */
export function configWatcherFiles(
  scope: Scope,
  facts: TraefikFacts,
  after: readonly Command[],
  transform: TraefikTransforms,
): Record<string, HostFile> {
  const { dynamicDirectory, pingPort, driftPort } = facts.traefik;
  const { certificates, replication } = facts;
  const peers = facts.members
    .filter(({ name }) => name !== scope.member.name)
    .map(({ name, address }) => ({ name, address }));
  const script = fileIn(
    scope,
    "config-watcher",
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
    transform.configWatcher,
  );
  const unit = (role: string, name: string, content: string, reload: string, last: Command) =>
    fileIn(
      scope,
      role,
      {
        path: `/etc/systemd/system/${name}`,
        content,
        reload: `systemctl daemon-reload${reload}`,
        // A template cannot be judged alone, and a socket only beside its service.
        ...(name.includes("@") || name === SOCKET ? {} : { test: verifyUnit(name) }),
      },
      [last],
      transform.configWatcherUnit,
    );
  const restart = ` && systemctl restart ${WATCHER}`;
  const watcher = unit(
    "config-watcher-unit",
    WATCHER,
    configWatcherUnit(),
    restart,
    script.command,
  );
  const service = unit(
    "config-sum-service",
    "traefik-config-sum@.service",
    configSumService(),
    "",
    script.command,
  );
  const socket = unit(
    "config-sum-socket",
    SOCKET,
    configSumSocket(scope.member.address, driftPort),
    ` && systemctl restart ${SOCKET}`,
    service.command,
  );
  return {
    "config-watcher": script,
    [WATCHER]: watcher,
    "traefik-config-sum@.service": service,
    [SOCKET]: socket,
  };
}
