import type { HaproxyCheck } from "../../model/haproxy/check";
import type { ApiCheck } from "../../model/kubernetes/distribution";
import { hostText } from "../../model/network/address";
import { block, file, literal, word } from "../text";

/** Path on the management port that returns 200 as long as this HAProxy runs. */
export const HAPROXY_HEALTH_PATH = "/healthz";

/** HAProxy of one load balancer in front of the API servers. */
export interface HaproxyConf {
  /** Port of the API on every address of the host, so that the virtual one works on whoever owns it. */
  port: number;
  /** Whether clients also come over IPv6. @default false */
  ipv6?: boolean;
  /** API servers; addresses, because a name that does not resolve keeps HAProxy from starting. */
  masters: readonly { name: string; address: string; port: number }[];
  /** Certificate of the cluster's CA; health checks accept no other. */
  caFile: string;
  /** What a master is asked, and which answer is good. */
  check: ApiCheck;
  /** How often a master is asked, and how long it may take. */
  pace: HaproxyCheck;
  /**
   * A second port of the masters. Of the supervisor only masters whose API answers are taken, for it
   * listens before its node is in the cluster; the Talos API has to be reached when an API server is
   * down. @default there is none
   */
  second?: { port: number; kind: "supervisor" | "talos" } | undefined;
  /** Statistics and Prometheus metrics, behind a password. */
  management: {
    address: string;
    port: number;
    user: string;
    password: string;
    /** Networks that may ask. @default everybody */
    from?: readonly string[];
  };
}

/**
 * `/etc/haproxy/haproxy.cfg` (https://docs.haproxy.org/2.6/configuration.html). TLS passes through;
 * only the health check speaks TLS itself.
 */
export function haproxyConf(conf: HaproxyConf): string {
  const { management } = conf;
  return file(
    section("global", [
      "log /dev/log local0",
      "user haproxy",
      "group haproxy",
      // A new process takes the listening sockets over, with the connections that wait in them.
      "stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners",
    ]),
    section("defaults", [
      "log global",
      "mode tcp",
      "option tcplog",
      "option dontlognull",
      // With every API server down clients must hear it at once: kubelets that hang in a queue
      // do not start the static pods that would bring an API server back (kubernetes#99602).
      `timeout connect ${duration(conf.pace.connectSec)}`,
      "timeout queue 2s",
      // Shorter ones cut an idle `kubectl logs -f`; keep-alives find the peers that are gone, and the
      // sessions of an address that has moved away, within 90 s. The kernel alone takes two hours.
      "timeout client 4h",
      "timeout server 4h",
      ...["cli", "srv"].flatMap((side) => [
        `option ${side}tcpka`,
        `${side}tcpka-idle 60s`,
        `${side}tcpka-intvl 10s`,
        `${side}tcpka-cnt 3`,
      ]),
      // Each retry asks another master, so that one that refuses costs a client nothing.
      "retries 3",
      "option redispatch 1",
    ]),
    section("userlist management", [
      `user ${word(management.user, "stats user")} insecure-password ${literal(management.password, "stats password")}`,
    ]),
    managementFrontend(conf),
    section("frontend kubernetes-api", [
      ...binds(conf, conf.port),
      "default_backend kubernetes-masters",
    ]),
    section("backend kubernetes-masters", [
      "balance roundrobin",
      "option httpchk",
      `http-check send meth GET uri ${uri(conf.check.path)} ver HTTP/1.1 hdr Host kubernetes`,
      `http-check expect status ${conf.check.statuses.map((status) => word(status, "status")).join(",")}`,
      `timeout check ${duration(conf.pace.checkSec)}`,
      // `kubernetes` is a name in every API server's certificate. Without shutdown-sessions clients
      // hang on a master that is half dead.
      `default-server check check-ssl check-sni kubernetes verify required ca-file ${word(conf.caFile, "ca file")} verifyhost kubernetes ${clientCertificate(conf.check)}${pace(conf.pace)} on-marked-down shutdown-sessions`,
      ...conf.masters.map((master) => server(master, master.port)),
    ]),
    ...secondPort(conf),
  );
}

/** A query needs quotes. */
function uri(path: string): string {
  return /[?&]/.test(path) ? literal(path, "check path") : word(path, "check path");
}

function binds({ ipv6 }: HaproxyConf, port: number): (string | undefined)[] {
  return [
    `bind :${word(port, "port")}`,
    ipv6 ? `bind [::]:${word(port, "port")} v6only` : undefined,
  ];
}

function server(master: { name: string; address: string }, port: number): string {
  return `server ${word(master.name, "master")} ${hostText(word(master.address, "master address"))}:${word(port, "master port")}`;
}

function clientCertificate({ clientCertificateFile }: ApiCheck): string {
  return clientCertificateFile === undefined
    ? ""
    : `crt ${word(clientCertificateFile, "client certificate file")} `;
}

function secondPort(conf: HaproxyConf): string[][] {
  if (conf.second === undefined) return [];
  const { port, kind } = conf.second;
  const name = kind === "supervisor" ? "kubernetes-supervisors" : "talos-api";
  const asked = ({ name: master }: { name: string }) =>
    kind === "supervisor"
      ? `track kubernetes-masters/${word(master, "master")}`
      : `check ${pace(conf.pace)}`;
  return [
    section(`frontend ${name}`, [...binds(conf, port), `default_backend ${name}`]),
    section(`backend ${name}`, [
      "balance roundrobin",
      `timeout check ${duration(conf.pace.checkSec)}`,
      ...conf.masters.map((master) => `${server(master, port)} ${asked(master)}`),
    ]),
  ];
}

function pace({ interSec, fastinterSec, fall, rise }: HaproxyCheck): string {
  return `inter ${duration(interSec)} fastinter ${duration(fastinterSec)} fall ${fall} rise ${rise}`;
}

function duration(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
}

/** keepalived asks here whether the local HAProxy runs; not whether any API server does. */
function managementFrontend(conf: HaproxyConf): string[] {
  const { address, port, from = [] } = conf.management;
  const networks = ["127.0.0.1", ...from.map((network) => word(network, "management network"))];
  return section("frontend management", [
    "mode http",
    "option httplog",
    "option dontlog-normal",
    `bind ${hostText(word(address, "stats address"))}:${word(port, "stats port")}`,
    address === "127.0.0.1" ? undefined : `bind 127.0.0.1:${word(port, "stats port")}`,
    "timeout client 10s",
    "timeout http-request 5s",
    `monitor-uri ${HAPROXY_HEALTH_PATH}`,
    from.length === 0 ? undefined : `http-request deny unless { src ${networks.join(" ")} }`,
    "http-request auth realm haproxy unless { http_auth(management) }",
    "http-request use-service prometheus-exporter if { path /metrics }",
    "stats enable",
    "stats uri /stats",
    "stats refresh 10s",
    "stats hide-version",
  ]);
}

function section(head: string, lines: readonly (string | undefined)[]): string[] {
  return block(head, lines, "indent");
}
