import type * as pulumi from "@pulumi/pulumi";
import { virtualAddresses } from "../../model/vrrp/group";
import { SECOND_LINE } from "../../model/vrrp/vrrp";
import { logrotateConf } from "../../templates/host/logrotate";
import {
  checkScriptPath,
  drainOf,
  type Service,
  unitPath,
  watched,
  watcherScript,
  watcherUnit,
} from "../../templates/host/member-health";
import { checkWatcherUnit, keepalivedDropIn, verifyUnit } from "../../templates/host/systemd";
import {
  type Drain,
  drainUnlessHealthy,
  undrainWhenHealthy,
} from "../../templates/keepalived/drain";
import { keepalivedConf, STATE_LOG } from "../../templates/keepalived/keepalived";
import { peersHaveLeft, RELOAD_KEEPALIVED } from "../../templates/keepalived/membership";
import { checkScript } from "../../templates/keepalived/probe";
import { notifyScript } from "../../templates/keepalived/scripts";
import { checkWatcherScript, trackedFile } from "../../templates/traefik/check-watcher";
import { handoverFiles } from "./handover-files";
import type { HostFile } from "./host-files";
import { fileIn, type Scope } from "./member-scope";
import type { VrrpFacts, VrrpKind } from "./vrrp-member";

/** The files that keepalived needs on a member; its configuration last, since its test looks at the scripts. */
export function keepalivedFiles(
  scope: Scope<VrrpKind>,
  name: string,
  facts: VrrpFacts,
  service: Service,
  after: readonly pulumi.Resource[],
): Record<string, HostFile> {
  const { member } = scope;
  const checkName = `check_${service.daemon}`;
  const checkPath = checkScriptPath(service);
  const notifyPath = "/usr/local/bin/keepalived_notify.sh";
  const script = { mode: "0755", test: 'bash -n "$NEW"' };
  const drain = drainOf(name, member, facts);
  const tracked = watched(member, facts);
  const check = fileIn(
    scope,
    "checkScript",
    {
      ...script,
      path: checkPath,
      content: checkScript({
        daemon: service.daemon,
        probe: service.probe,
        timeoutSec: tracked ? SECOND_LINE.timeoutSec : facts.check.timeoutSec,
      }),
      test: checkTest(service, drain),
      reload: undrainWhenHealthy(checkPath, drain),
    },
    after,
  );
  const notify = fileIn(
    scope,
    "notifyScript",
    {
      ...script,
      path: notifyPath,
      content: notifyScript({
        host: member.name,
        interface: member.interface ?? facts.interface,
        vips: virtualAddresses(facts),
      }),
      reload: RELOAD_KEEPALIVED,
    },
    after,
  );
  const logrotate = fileIn(
    scope,
    "logrotate",
    {
      path: "/etc/logrotate.d/homelab-ha",
      content: logrotateConf([STATE_LOG, ...(service.logs ?? [])]),
      test: 'logrotate -d "$NEW"',
    },
    after,
  );
  const dropIn = fileIn(
    scope,
    "keepalivedDropIn",
    {
      path: "/etc/systemd/system/keepalived.service.d/restart.conf",
      content: keepalivedDropIn(tracked ? watcherUnit(service) : undefined),
      reload: "systemctl daemon-reload",
    },
    after,
  );
  const watcher = tracked ? watcherFiles(scope, facts, service, [check.command]) : {};
  const conf = fileIn(
    scope,
    "keepalivedConf",
    {
      path: "/etc/keepalived/keepalived.conf",
      content: keepalivedConf({
        ...facts,
        ...member,
        routerId: member.name,
        instance: name,
        peers: facts.members.filter((other) => other !== member).map((other) => other.address),
        check: {
          ...facts.check,
          name: checkName,
          script: checkPath,
          trackedFile: trackedFile(service.daemon),
        },
        notifyScript: notifyPath,
      }),
      test: `keepalived -t -f "$NEW" && { ${peersHaveLeft((facts.leaving ?? []).map(({ address }) => address))}; }`,
      reload: RELOAD_KEEPALIVED,
    },
    [check.command, notify.command, ...Object.values(watcher).map((file) => file.command)],
  );
  return {
    check,
    notify,
    ...handoverFiles(scope, facts, after),
    logrotate,
    "keepalived-drop-in": dropIn,
    ...watcher,
    "keepalived.conf": conf,
  };
}

/** How a new check is tried; one of the user's own may be written in any language. */
function checkTest({ probe }: Service, drain: Drain): string {
  if (probe.kind !== "script") return `bash -n "$NEW" && { ${drainUnlessHealthy(drain)}; }`;
  const there = `interpreter=$(sed -n "1s/^#! *//p" "$NEW"); command -v "\${interpreter%% *}" >/dev/null || { echo "there is no \${interpreter%% *}, with which the check is run"; false; }`;
  return `{ ${there}; } && { ${drainUnlessHealthy(drain, '"$NEW"')}; }`;
}

/**
 * The watcher runs before keepalived hears of its file: a missing one would be a FAULT. It comes after
 * the script, which steps aside where the daemon does not pass the new check yet.
 */
function watcherFiles(
  scope: Scope<VrrpKind>,
  facts: VrrpFacts,
  service: Service,
  after: readonly pulumi.Resource[],
): Record<string, HostFile> {
  const name = watcherUnit(service);
  const path = watcherScript(service);
  const watcher = fileIn(
    scope,
    "checkWatcher",
    {
      path,
      mode: "0755",
      content: checkWatcherScript({
        daemon: service.daemon,
        probe: service.probe,
        script: checkScriptPath(service),
        ...facts.check,
      }),
      test: 'bash -n "$NEW"',
      // A restart would be a FAULT and move the address; a reload takes the new text over.
      reload: `if systemctl is-active --quiet ${name}; then systemctl reload ${name}; fi`,
    },
    after,
  );
  const unit = fileIn(
    scope,
    "checkWatcherUnit",
    {
      path: unitPath(name),
      content: checkWatcherUnit(service.daemon, path),
      test: verifyUnit(name),
      reload: `systemctl daemon-reload && systemctl enable --quiet --now ${name}`,
    },
    [watcher.command],
  );
  return { "check-watcher": watcher, "check-watcher-unit": unit };
}
