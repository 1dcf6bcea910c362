import { literal, word } from "../text";

/** Records that a look-up asks for. */
export type LookUpType = "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "SOA" | "TXT";

/** What a health check asks the service on its own host. */
export type Probe =
  | {
      kind: "http";
      /** Port on 127.0.0.1 that answers plain HTTP. */
      port: number;
      /** Path that returns `status` while the service is fit. */
      path: string;
      /** @default 200 */
      status?: number | undefined;
    }
  | {
      kind: "dns";
      /** Port on 127.0.0.1, over UDP and TCP. */
      port: number;
      /** Name that is looked up. */
      name: string;
      type: LookUpType;
      /** Data that one of the records has to have. @default any record of the type will do */
      expected?: string | undefined;
    }
  | {
      /** A connection that is taken says nothing of a service that hangs. */
      kind: "tcp";
      port: number;
    }
  | {
      /** A broker that answers a connection, be it with a refusal of strangers. */
      kind: "mqtt";
      port: number;
    }
  | {
      kind: "script";
      /** Text of a script that exits with 0 while the service is fit. */
      text: string;
    };

/** What a health check asks, and how long it waits. */
export interface CheckScript {
  /** Name of the daemon, for the reader. */
  daemon: string;
  probe: Probe;
  /** Seconds to wait for an answer; keepalived's own timeout bounds the rest. */
  timeoutSec: number;
}

/**
 * Health check for keepalived. It asks the service of its own host only: a check of what lies
 * behind would fail on every member at once, and then nobody would own the virtual address.
 */
export function checkScript({ daemon, probe, timeoutSec }: CheckScript): string {
  const name = word(daemon, "daemon");
  const timeout = word(timeoutSec, "timeout");
  switch (probe.kind) {
    case "http":
      return httpCheck(name, probe, timeout);
    case "dns":
      return dnsCheck(name, probe, timeout);
    case "tcp":
      return tcpCheck(name, word(probe.port, "port"), timeout);
    case "mqtt":
      return mqttCheck(name, word(probe.port, "port"), timeout);
    case "script":
      return `${probe.text.trimEnd()}\n`;
  }
}

/** bash speaks HTTP itself, so that a loaded host need not start a second program. */
function httpCheck(
  daemon: string,
  { port, path: asked, status = 200 }: Extract<Probe, { kind: "http" }>,
  timeout: string,
): string {
  const path = word(asked, "path");
  const code = word(status, "status");
  return `#!/bin/bash
# Exit 0 while ${daemon} on this host answers ${path} with ${code}. keepalived runs it.
exec 2>/dev/null
exec 3<>/dev/tcp/127.0.0.1/${word(port, "port")} || exit 1
printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 || exit 1
IFS= read -r -t ${timeout} status <&3 || exit 1
[[ $status == HTTP/1.[01]\\ ${code}* ]]
`;
}

/**
 * Both ways of asking, for clients turn to TCP where an answer is long; a resolver that hangs on one of
 * them is no resolver. `dig` says what the answer was worth; its exit code does not.
 */
function dnsCheck(
  daemon: string,
  { port, name, type, expected }: Extract<Probe, { kind: "dns" }>,
  timeout: string,
): string {
  const asked = word(name, "name");
  const kind = word(type, "type");
  const wanted = expected === undefined ? "" : word(expected, "expected");
  const what = `${asked} ${kind}${wanted === "" ? "" : ` with ${wanted}`}`;
  return `#!/bin/bash
# Exit 0 while ${daemon} on this host answers ${what}, over UDP and TCP. keepalived runs it.
# Another address can be asked: it is the first argument.
server=\${1:-127.0.0.1}

ask() {
  timeout ${timeout} dig -r "@$server" -p ${word(port, "port")} -q ${literal(asked, "name")} -t ${kind} \\
    "$1" +tries=1 +time=5 +noall +comments +answer 2>/dev/null |
    awk -v type=${kind} -v wanted=${literal(wanted, "expected")} '
      function plain(text) { gsub(/"/, "", text); sub(/[.]$/, "", text); return tolower(text) }
      /status: NOERROR,/ { good = 1 }
      /^[^;]/ && $4 == type {
        data = $5
        for (i = 6; i <= NF; i++) data = data " " $i
        if (wanted == "" || plain(data) == plain(wanted)) found = 1
      }
      END { exit !(good && found) }'
}

ask +notcp &
udp=$!
ask +tcp &
tcp=$!
wait "$udp" && wait "$tcp"
`;
}

function tcpCheck(daemon: string, port: string, timeout: string): string {
  return `#!/bin/bash
# Exit 0 while ${daemon} on this host takes connections on port ${port}. keepalived runs it.
timeout ${timeout} bash -c '</dev/tcp/127.0.0.1/${port}' 2>/dev/null
`;
}

// CONNECT of MQTT 3.1.1 with a clean session and the client id "homelab"; the answer is 20 02 00 and a
// code, where 0 is a welcome, 4 and 5 refuse strangers, and 3 is a broker that cannot serve.
const CONNECT = "\\x10\\x13\\x00\\x04MQTT\\x04\\x02\\x00\\x0a\\x00\\x07homelab";

function mqttCheck(daemon: string, port: string, timeout: string): string {
  return `#!/bin/bash
# Exit 0 while ${daemon} on this host answers a connection of MQTT 3.1.1. keepalived runs it.
exec 2>/dev/null
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
printf '${CONNECT}' >&3 || exit 1
answer=$(timeout ${timeout} head -c 4 <&3 | od -An -tx1 | tr -d ' \\n')
printf '\\xe0\\x00' >&3
[[ $answer == 2002000[045] ]]
`;
}
