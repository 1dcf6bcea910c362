import type * as pulumi from "@pulumi/pulumi";
import { checkedBy, SECOND_LINE } from "../model/vrrp";
import { checkWatcherScript, trackedFile } from "../templates/check-watcher";
import { keepalivedConf, STATE_LOG } from "../templates/keepalived";
import { logrotateConf } from "../templates/logrotate";
import { checkScript, notifyScript } from "../templates/scripts";
import { checkWatcherUnit, keepalivedDropIn, verifyUnit } from "../templates/systemd";
import type { HostFile } from "./host-files";
import { fileIn, type Scope } from "./member-scope";
import type { Service, VrrpFacts, VrrpTransforms } from "./vrrp-member";

const RELOAD_KEEPALIVED = "systemctl try-reload-or-restart keepalived";

/** Whether a member's check goes through a tracked file, which needs a watcher. */
export function watched(scope: Scope, facts: VrrpFacts): boolean {
  return checkedBy(facts.profile, scope.member.debian) === "tracked file";
}

/** Unit of the watcher behind a tracked file. */
export const watcherUnit = (service: Service) => `${service.daemon}-check-watcher.service`;

/** The files that keepalived needs on a member; its configuration last, since its test looks at the scripts. */
export function keepalivedFiles(
  scope: Scope,
  name: string,
  facts: VrrpFacts,
  service: Service,
  after: readonly pulumi.Resource[],
  transform: VrrpTransforms = {},
): Record<string, HostFile> {
  const { member } = scope;
  const checkName = `check_${service.daemon}`;
  const checkPath = `/usr/local/bin/${checkName}.sh`;
  const notifyPath = "/usr/local/bin/keepalived_notify.sh";
  const script = { mode: "0755", test: 'bash -n "$NEW"' };
  const tracked = watched(scope, facts);
  const check = fileIn(
    scope,
    "check",
    {
      ...script,
      path: checkPath,
      content: checkScript({
        daemon: service.daemon,
        port: service.checkPort,
        path: service.checkPath,
        timeoutSec: tracked ? SECOND_LINE.timeoutSec : facts.check.timeoutSec,
      }),
    },
    after,
    transform.checkScript,
  );
  const notify = fileIn(
    scope,
    "notify",
    { ...script, path: notifyPath, content: notifyScript(member.name), reload: RELOAD_KEEPALIVED },
    after,
    transform.notifyScript,
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
    transform.logrotate,
  );
  const dropIn = fileIn(
    scope,
    "keepalived-drop-in",
    {
      path: "/etc/systemd/system/keepalived.service.d/restart.conf",
      content: keepalivedDropIn(tracked ? watcherUnit(service) : undefined),
      reload: "systemctl daemon-reload",
    },
    after,
    transform.keepalivedDropIn,
  );
  const watcher = tracked ? watcherFiles(scope, facts, service, after, transform) : {};
  const conf = fileIn(
    scope,
    "keepalived-conf",
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
      test: 'keepalived -t -f "$NEW"',
      reload: RELOAD_KEEPALIVED,
    },
    [check.command, notify.command, ...Object.values(watcher).map((file) => file.command)],
    transform.keepalivedConf,
  );
  return {
    check,
    notify,
    logrotate,
    "keepalived-drop-in": dropIn,
    ...watcher,
    "keepalived.conf": conf,
  };
}

/** The watcher runs before keepalived hears of its file: a missing one would be a FAULT. */
function watcherFiles(
  scope: Scope,
  facts: VrrpFacts,
  service: Service,
  after: readonly pulumi.Resource[],
  transform: VrrpTransforms,
): Record<string, HostFile> {
  const name = watcherUnit(service);
  const path = `/usr/local/bin/watch_${service.daemon}.sh`;
  const watcher = fileIn(
    scope,
    "check-watcher",
    {
      path,
      mode: "0755",
      content: checkWatcherScript({
        daemon: service.daemon,
        port: service.checkPort,
        path: service.checkPath,
        ...facts.check,
      }),
      test: 'bash -n "$NEW"',
      // A restart would be a FAULT and move the address; a reload takes the new text over.
      reload: `if systemctl is-active --quiet ${name}; then systemctl reload ${name}; fi`,
    },
    after,
    transform.checkWatcher,
  );
  const unit = fileIn(
    scope,
    "check-watcher-unit",
    {
      path: `/etc/systemd/system/${name}`,
      content: checkWatcherUnit(service.daemon, path),
      test: verifyUnit(name),
      reload: `systemctl daemon-reload && systemctl enable --quiet --now ${name}`,
    },
    [watcher.command],
    transform.checkWatcherUnit,
  );
  return { "check-watcher": watcher, "check-watcher-unit": unit };
}
