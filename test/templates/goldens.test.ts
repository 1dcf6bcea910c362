import { resolve } from "node:path";
import { expect, test } from "vitest";
import { API_CHECKS } from "../../model/haproxy/check";
import {
  connectorHealth,
  connectorQuestion,
  connectorUnit,
  installCloudflared,
} from "../../templates/cloudflared/connector";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { healthScript } from "../../templates/host/health";
import { hostFileScript } from "../../templates/host/host-file";
import {
  authorizeKey,
  installPackages,
  installTraefik,
  replicationKey,
} from "../../templates/host/install";
import { logrotateConf } from "../../templates/host/logrotate";
import { historyScript, rollbackScript } from "../../templates/host/rollback";
import {
  checkWatcherUnit,
  configSumService,
  configSumSocket,
  configWatcherUnit,
  fullSyncTimer,
  fullSyncUnit,
  handoverService,
  handoverSocket,
  keepalivedDropIn,
  lsyncdUnit,
  traefikUnit,
} from "../../templates/host/systemd";
import {
  drainScript,
  drainStandbyScript,
  standingScript,
  undrainScript,
} from "../../templates/keepalived/drain";
import { HANDOVER_SCRIPT, handoverScript } from "../../templates/keepalived/handover";
import { keepalivedConf } from "../../templates/keepalived/keepalived";
import { checkScript } from "../../templates/keepalived/probe";
import { notifyScript } from "../../templates/keepalived/scripts";
import { FORCED_COMMAND_FILE, forcedCommand } from "../../templates/replication/forced-command";
import { copyCommand, lsyncdConf, replicationStart } from "../../templates/replication/lsyncd";
import { checkWatcherScript } from "../../templates/traefik/check-watcher";
import { configWatcherScript } from "../../templates/traefik/config-watcher";
import {
  traefikCertificates,
  traefikDynamic,
  traefikStatic,
} from "../../templates/traefik/traefik";
import { traefikTryScript } from "../../templates/traefik/trial";
import * as data from "../support/template-data";

// One file for each text, under the name it has on a host, so that real tools can read it.
const goldens: Record<string, string> = {
  "keepalived.conf": keepalivedConf(data.keepalived),
  "keepalived-dual-stack.conf": keepalivedConf(data.dualStack),
  "haproxy-dual-stack.cfg": haproxyConf({ ...data.haproxy, ipv6: true }),
  "keepalived-fast.conf": keepalivedConf(data.fast),
  "keepalived-fast-script.conf": keepalivedConf(data.fastScript),
  "watch_traefik.sh": checkWatcherScript(data.checkWatcher),
  "keepalived-weighted.conf": keepalivedConf(data.weighted),
  "check_traefik.sh": checkScript({
    daemon: "traefik",
    probe: { kind: "http", port: 8080, path: "/ping" },
    timeoutSec: 2,
  }),
  "keepalived_notify.sh": notifyScript({
    host: "traefik",
    interface: "eth0",
    vips: ["192.168.1.101"],
  }),
  "traefik.yml": traefikStatic(data.traefik),
  "routes.yml": traefikDynamic(data.routes),
  "traefik.service": traefikUnit(data.traefik.graceSec),
  "restart.conf": keepalivedDropIn(),
  "restart-watched.conf": keepalivedDropIn("traefik-check-watcher.service"),
  "traefik-check-watcher.service": checkWatcherUnit("traefik", "/usr/local/bin/watch_traefik.sh"),
  "logrotate.conf": logrotateConf(["/var/log/keepalived-state.log", "/var/log/lsyncd.log"]),
  "certificates.yml": traefikCertificates([
    {
      certificate: "/etc/traefik/certificates/_.internal.example.org.crt",
      key: "/etc/traefik/certificates/_.internal.example.org.key",
    },
  ]),
  "traefik-try-config.sh": traefikTryScript("/etc/traefik/dynamic"),
  "traefik-config-watcher.sh": configWatcherScript(data.configWatcher),
  "traefik-config-watcher.service": configWatcherUnit(),
  "traefik-config-sum.socket": configSumSocket("192.168.1.110", 8081),
  "traefik-config-sum@.service": configSumService(),
  "traefik-replication-door.sh": forcedCommand(data.lsyncd.trees),
  "lsyncd-certificates.service": lsyncdUnit(data.lsyncd.guardFile, "/etc/traefik/certificates"),
  "lsyncd-rsync.sh": copyCommand(),
  "lsyncd.conf.lua": lsyncdConf(data.lsyncd),
  "lsyncd.service": lsyncdUnit("/etc/traefik/dynamic/routes.yml"),
  "lsyncd-full-sync.service": fullSyncUnit(),
  "lsyncd-full-sync.timer": fullSyncTimer(30),
  "haproxy.cfg": haproxyConf(data.haproxy),
  "haproxy-fast.cfg": haproxyConf({ ...data.haproxy, pace: API_CHECKS.fast }),
  "cloudflared-home.service": connectorUnit("home", 2000),
  "install-cloudflared.sh": installCloudflared({ version: "2026.8.2", sha256: "0".repeat(64) }),
  "cloudflared-question.sh": connectorQuestion("home", 2000),
  "cloudflared-health.sh": connectorHealth("home", 2000, "2026.8.2"),
  "packages.sh": installPackages(["keepalived", "curl"]),
  "install-traefik.sh": installTraefik({ version: "3.5.0", sha256: "0".repeat(64) }),
  "expect-traefik.sh": installTraefik({ version: "3.5.0" }),
  "replication-start.sh": replicationStart(),
  "replication-key.sh": replicationKey("/etc/lsyncd/id_ed25519"),
  "authorize-key.sh": authorizeKey("192.168.1.110", FORCED_COMMAND_FILE),
  "health.sh": healthScript(data.health),
  "standing.sh": standingScript(data.drain, "traefik", data.health),
  "drain-standby.sh": drainStandbyScript(data.drain),
  "drain.sh": drainScript(data.drain),
  "undrain.sh": undrainScript(data.drain, true),
  "host-file.sh": hostFileScript(data.hostFile),
  "health-kept.sh": healthScript({ ...data.health, keepSec: 60 }),
  "drain-kept.sh": drainScript({ ...data.drain, keepSec: 60 }),
  "undrain-kept.sh": undrainScript({ ...data.drain, keepSec: 60 }, true),
  "keepalived_handover.sh": handoverScript(data.handover),
  "keepalived-handover.socket": handoverSocket("192.168.1.110", 8082),
  "keepalived-handover@.service": handoverService(HANDOVER_SCRIPT),
  "history.sh": historyScript("192.168.1.101"),
  "rollback.sh": rollbackScript({ host: "traefik", to: "1760000000000000000" }),
};

test.each(Object.entries(goldens))(
  "%s is the text that was read and approved",
  async (name, text) => {
    await expect(text).toMatchFileSnapshot(resolve(__dirname, "../__files__", name));
  },
);
