import type { Finding } from "../finding";
import { namesText } from "../vrrp/text";
import { API_PORT, apiBackends } from "./api-servers";
import { type HaproxyServer, haproxyBackends, verifiesNoServer } from "./conf";
import { isVariable, shownWord } from "./words";

/**
 * Servers whose certificate nobody verifies. Anyone who answers at the address counts as the server
 * then: for the health check, or for every request. Refused for API servers, advised for others.
 *
 * @see https://docs.haproxy.org/2.6/configuration.html#5.2-verify
 */
export function judgeServerTls(text: string): Finding[] {
  const everyone = verifiesNoServer(text);
  const api = new Set(apiBackends(text).map(({ title }) => title));
  return haproxyBackends(text).flatMap(({ title, servers }) => {
    const isApi = api.has(title) || servers.some(({ port }) => port === API_PORT);
    const verifying = isApi
      ? "write `verify required ca-file <the cluster's ca.crt> verifyhost kubernetes`"
      : "write `verify required ca-file <the CA's certificate> verifyhost <name>`";
    const late = servers.filter(({ tls, verify = "" }) => tls && isVariable(verify));
    const unseen = late.map(({ verify = "" }) => `"verify ${shownWord(verify)}"`);
    const believed = servers.filter(
      ({ tls, verify }) => tls && (verify ?? (everyone ? "none" : "required")) === "none",
    );
    return [
      ...(late.length > 0
        ? [
            finding(
              "haproxy-tls-not-verified",
              "warning",
              `"${title}" has ${[...new Set(unseen)].join(" and ")} for ${names(late)}, which only the environment of HAProxy decides`,
              verifying,
            ),
          ]
        : []),
      ...judgeBelieved(title, believed, isApi ? "error" : "warning", verifying),
    ];
  });
}

function judgeBelieved(
  title: string,
  believed: readonly HaproxyServer[],
  severity: Finding["severity"],
  fix: string,
): Finding[] {
  if (believed.length === 0) return [];
  const message = `"${title}" has "verify none" for ${names(believed)}, so whoever answers at ${believed.length === 1 ? "its address" : "their addresses"} is believed`;
  return [finding("haproxy-tls-not-verified", severity, message, fix)];
}

/**
 * How HAProxy finds out whether an API server takes requests: `/readyz` alone says so. `/healthz` is
 * deprecated since Kubernetes 1.16 and `/livez` is for restarts; both stay good while a server shuts
 * down (https://kubernetes.io/docs/reference/using-api/health-checks/).
 */
export function judgeApiCheck(text: string): Finding[] {
  const rule = "haproxy-api-check";
  const fix =
    "write `option httpchk`, `http-check send meth GET uri /readyz` and `http-check expect status 200`, with `check check-ssl` on the servers (k3s and RKE2 answer 401 to a check without a client certificate: `status 200,401`, or `crt <certificate>` on the servers)";
  return apiBackends(text).flatMap(({ title, servers, check }) => {
    const unasked = servers.filter(({ checked }) => !checked);
    if (unasked.length > 0) {
      const message = `"${title}" has no check of ${names(unasked)}, so requests go on to one that is dead`;
      return [finding(rule, "warning", message, fix)];
    }
    if (check.kind === "connection") {
      const message = `"${title}" only tries whether a connection opens, which one that hangs or starts up passes too`;
      return [finding(rule, "warning", message, fix)];
    }
    const path = check.uri.replace(/[/?#]*$/, "");
    if (/^\/readyz\b/.test(path)) return judgeAnswers(title, servers, check.accepts);
    if (/^\/(healthz|livez)\b/.test(path)) {
      const message = `"${title}" asks the API servers for "${check.uri}", which stays good while one shuts down, so requests go to it until they fail`;
      return [finding(rule, "error", message, fix)];
    }
    const message = `"${title}" asks the API servers for "${check.uri}", which does not say whether one takes requests`;
    return [finding(rule, "warning", message, fix)];
  });
}

/** Distributions that start their API servers without anonymous access, by their usual names. */
const CLOSED = /\b(k3s|rke2|talos)\b/i;

/**
 * Answers that count as good: one that every healthy server of the distribution gives, and none that
 * a sick one gives. How a cluster was installed is seen by names alone, so this is advice.
 */
function judgeAnswers(
  title: string,
  servers: readonly HaproxyServer[],
  accepts: (status: number) => boolean | undefined,
): Finding[] {
  const rule = "haproxy-api-check";
  const named = [title, ...servers.flatMap(({ name, host, caFile = "" }) => [name, host, caFile])];
  const distribution = named.flatMap(
    (text) => CLOSED.exec(text.replaceAll("_", " "))?.[1] ?? [],
  )[0];
  const shown = servers.every(({ certificate }) => certificate);
  if (distribution !== undefined && !shown && accepts(401) === false) {
    const message = `"${title}" takes 401 for a failure and shows no certificate, but ${distribution} answers 401 to such a check, so every healthy server is marked down`;
    const fix =
      "write `http-check expect status 200,401`, or `crt <certificate>` on the servers, unless the API servers were told to answer (anonymous-auth)";
    return [finding(rule, "warning", message, fix)];
  }
  if (accepts(500) !== true && accepts(503) !== true) return [];
  const message = `"${title}" takes 500 or 503 for a good answer, which is what an API server says that is not ready`;
  return [finding(rule, "warning", message, "write `http-check expect status 200`, or `200,401`")];
}

/** An even number of API servers, as far as each of them has an etcd of its own. */
export function judgeMasterCount(text: string): Finding[] {
  return apiBackends(text).flatMap(({ title, servers }) => {
    const active = servers.filter(({ standby }) => !standby);
    if (active.length === 0 || active.length % 2 === 1) return [];
    return [
      finding(
        "api-masters-even",
        "error",
        `"${title}" has ${active.length} API servers, and the etcd of an even number survives no more losses than that of one less`,
        `use ${active.length - 1} or ${active.length + 1}; with etcd on hosts of its own switch this rule off`,
      ),
    ];
  });
}

function names(servers: readonly HaproxyServer[]): string {
  return namesText(
    servers.map(({ name }) => name),
    "and",
  );
}

function finding(
  rule: string,
  severity: Finding["severity"],
  message: string,
  fix: string,
): Finding {
  return { rule, path: [], message, fix, severity };
}
