import type { Finding } from "../finding";
import { foreign } from "../foreign-text";
import { listed } from "../text";
import { type ConfNote, SCRIPT_USER } from "./host";
import { isNeverRun } from "./linked-command";
import type { ConfReading } from "./read";
import type { CompleteInstance, ConfAddress, ScriptBlock } from "./state";

const RULE = "keepalived-file";

/**
 * Whether keepalived runs with a file, and does what stands in it.
 *
 * @param container whether the host is a container, which hears nothing of processes that end
 */
export function judgeConf(reading: ConfReading, container = false): Finding[] {
  if (reading.refused) {
    const { message, fix } = reading.refused;
    return [finding("error", `keepalived does not start with it: ${message}`, fix)];
  }
  return [
    ...reading.instances.flatMap((instance) => judgeInstance(instance, container)),
    ...judgeStrayed(reading),
    ...judgeScriptUser(reading),
    ...judgeLinked(reading),
    ...judgeSignals(reading),
    ...judgeNone(reading),
    ...judgeNotes(
      reading.notes.filter(({ decisive }) => decisive),
      "error",
    ),
    ...judgeNotes(
      reading.notes.filter(({ decisive }) => !decisive),
      "warning",
    ),
    ...reading.unjudged.slice(0, 1).map(() => unjudged(reading.unjudged)),
  ];
}

function finding(severity: Finding["severity"], message: string, fix: string): Finding {
  // Names and words of the file stand in it.
  return {
    rule: RULE,
    path: [],
    message: foreign(message, 2000),
    fix: foreign(fix, 2000),
    severity,
  };
}

function judgeInstance(instance: CompleteInstance, container: boolean): Finding[] {
  const {
    name,
    faults,
    addresses,
    excluded,
    accept,
    strict,
    priority,
    interface: device,
  } = instance;
  const found: Finding[] = [];
  const add = (severity: Finding["severity"], what: string, fix: string) =>
    found.push(finding(severity, `instance "${name}" ${what}`, fix));
  const [fault] = faults;
  if (fault !== undefined) add("error", `stays in FAULT: ${fault}`, "correct it");
  if (addresses.length === 0 && excluded.length === 0) {
    add("error", "has no virtual address", "give it one of the family of its other addresses");
  }
  if (!accept && priority !== 255) {
    add(
      strict ? "error" : "warning",
      `drops every packet to its virtual address (${strict ? "vrrp_strict" : "no_accept"}), so no service can be reached there`,
      strict ? "remove vrrp_strict, which also knows no unicast peers" : "remove no_accept",
    );
  }
  if (instance.dontTrackPrimary) {
    add(
      "warning",
      `has dont_track_primary, so it stays MASTER when "${device}" loses its link`,
      "remove dont_track_primary",
    );
  }
  const processes = instance.processes.map((process) => `"${process.name}"`);
  if (container && processes.length > 0) {
    add(
      "error",
      `tracks the process ${listed(processes)} in a container, where keepalived is never told that a process ends`,
      "track a script that checks the service, or run keepalived in a virtual machine",
    );
  }
  return found;
}

/** A file of instances of which keepalived takes none. */
function judgeNone({ none, conf, unjudged: open }: ConfReading): Finding[] {
  // The missing instance may be in what is not known.
  if (none === undefined || open.length > 0) return [];
  return [
    none === "lost"
      ? finding(
          // At a place that is not known it may be a template.
          conf.host.path === undefined ? "warning" : "error",
          "keepalived takes none of its instances, so this host never has a virtual address",
          "correct the lines that open them: vrrp_instance, one name, and a brace, outside every other block",
        )
      : finding(
          "warning",
          "all its instances are for other hosts, so this host never has a virtual address",
          "give this host an instance, or do not bring the file here",
        ),
  ];
}

/** Addresses that no instance of the file takes, because one instance has one family. */
function judgeStrayed({ instances }: ConfReading): Finding[] {
  const held = new Set(
    instances.flatMap(({ addresses, excluded }) => [...addresses, ...excluded]).map(keyOf),
  );
  return instances.flatMap(({ name, family, strayed }) => {
    const lost = strayed.filter((one) => !held.has(keyOf(one)));
    if (lost.length === 0) return [];
    return [
      finding(
        "error",
        `instance "${name}" has IPv${family} addresses and never takes ${listed(lost.map(keyOf))}`,
        "write it in virtual_ipaddress_excluded, or in an instance of its own",
      ),
    ];
  });
}

function keyOf({ address }: ConfAddress): string {
  return address;
}

/** The scripts that some instance or group tracks. */
function trackedScripts({ conf, instances }: ConfReading): ScriptBlock[] {
  const tracked = new Set(
    [...instances, ...conf.groups].flatMap(({ scripts }) => scripts.map(({ name }) => name)),
  );
  return conf.scripts.filter(({ name }) => tracked.has(name));
}

/** A check that later releases never run, where the file alone does not tell. */
function judgeLinked(reading: ConfReading): Finding[] {
  const { conf } = reading;
  if (conf.host.mergedUsr !== undefined) return [];
  return trackedScripts(reading)
    .filter((script) => isNeverRun(script, conf))
    .map(({ name, command: [program = ""] }) =>
      finding(
        "warning",
        `script "${name}" is never run by keepalived 2.3 and later where /bin is a link to /usr/bin, as on Debian 13 and Ubuntu: as root it refuses the path "${program}"`,
        `write "/usr${program}"`,
      ),
    );
}

/** Only root, and whoever runs a process, may ask it by a signal whether it is there. */
function judgeSignals(reading: ConfReading): Finding[] {
  const { scriptUser } = reading.conf.globals;
  return trackedScripts(reading).flatMap(({ name, command: [program = "", ...options], user }) => {
    const runs = user ?? scriptUser ?? "root";
    const asks = /^(.*\/)?(kill|killall|pkill)$/.test(program) && options.includes("-0");
    if (!asks || runs === "root") return [];
    return [
      finding(
        "warning",
        `script "${name}" asks with ${program} -0 as the user "${runs}", who may not signal the processes of others, so it fails for ever`,
        "ask with pgrep or the service's own answer, or run it as root",
      ),
    ];
  });
}

/** Script security wants a user that Debian's package does not create. */
function judgeScriptUser(reading: ConfReading): Finding[] {
  const { scriptSecurity, scriptUser } = reading.conf.globals;
  if (!scriptSecurity || scriptUser !== undefined) return [];
  const without = trackedScripts(reading).filter(({ user }) => user === undefined);
  if (without.length === 0) return [];
  const names = listed(without.map(({ name }) => `"${name}"`));
  return [
    finding(
      "warning",
      `enable_script_security without script_user runs ${names} as the user "${SCRIPT_USER}", and throws it away where that user does not exist: Debian's package does not create it`,
      "add script_user to global_defs, or create the user",
    ),
  ];
}

/** One finding for all lines that keepalived reads otherwise than they are written. */
function judgeNotes(notes: readonly ConfNote[], severity: Finding["severity"]): Finding[] {
  if (notes.length === 0) return [];
  const shown = notes.slice(0, 3).map(({ file, line, message }) => {
    const place = file === undefined ? `line ${line}` : `${file} line ${line}`;
    return `${place} ${message}`;
  });
  const more = notes.length > shown.length ? [`${notes.length - shown.length} more like it`] : [];
  const fix = notes.find((note) => note.fix !== undefined)?.fix ?? "correct or remove it";
  return [finding(severity, [...shown, ...more].join("; "), fix)];
}

function unjudged(what: readonly string[]): Finding {
  return finding(
    "warning",
    `not everything in it could be judged: ${listed(what)}`,
    "bring it in a form that is known before the update",
  );
}
