import { expect, test } from "vitest";
import { API_CHECKS } from "../../model/haproxy/check";
import { haproxyConf } from "../../templates/haproxy/haproxy";
import { haproxy } from "../support/template-data";

test("API servers are judged by /readyz over verified TLS, and lose their sessions when down", () => {
  const text = haproxyConf(haproxy);
  expect(text).toContain("http-check send meth GET uri /readyz");
  expect(text).toContain("verify required ca-file /etc/haproxy/kubernetes-ca.crt");
  expect(text).toContain("inter 1s fastinter 500ms fall 2 rise 2 on-marked-down shutdown-sessions");
  expect(text).not.toContain("verify none");
});

test("idle sessions live for hours, but nobody waits for a server that is not there", () => {
  const text = haproxyConf(haproxy);
  for (const line of ["timeout client 4h", "timeout connect 1s", "timeout queue 2s"]) {
    expect(text).toContain(line);
  }
});

test("keep-alives find a peer that is gone within 90 s, on both sides", () => {
  const text = haproxyConf(haproxy);
  for (const side of ["cli", "srv"]) {
    expect(text).toContain(
      `option ${side}tcpka\n  ${side}tcpka-idle 60s\n  ${side}tcpka-intvl 10s\n  ${side}tcpka-cnt 3\n`,
    );
  }
});

test("every retry asks another master, and there are enough of them for two dead ones", () => {
  expect(haproxyConf(haproxy)).toContain("retries 3\n  option redispatch 1\n");
});

test.each(["compatible", "fast"] as const)(
  "the checks of profile %s are those that the model counts with",
  (profile) => {
    const pace = API_CHECKS[profile];
    const text = haproxyConf({ ...haproxy, pace });
    const sec = (word: string) => {
      const [, value = "", unit] = new RegExp(`${word} (\\d+)(ms|s)\\b`).exec(text) ?? [];
      return Number(value) / (unit === "ms" ? 1000 : 1);
    };
    const { fall, rise } = pace;
    expect(text).toContain(`fall ${fall} rise ${rise}`);
    expect({
      interSec: sec("inter"),
      fastinterSec: sec("fastinter"),
      connectSec: sec("timeout connect"),
      checkSec: sec("timeout check"),
      fall,
      rise,
    }).toEqual(pace);
  },
);

test("the local health check needs no password and the statistics do", () => {
  const text = haproxyConf(haproxy);
  expect(text).toContain("bind 192.168.56.5:8404\n  bind 127.0.0.1:8404\n");
  expect(text).toContain("monitor-uri /healthz");
  expect(text).toContain("http-request auth realm haproxy unless { http_auth(management) }");
});

test("a management address that is local is bound once", () => {
  const management = { ...haproxy.management, address: "127.0.0.1" };
  expect(haproxyConf({ ...haproxy, management }).match(/bind 127\.0\.0\.1:8404/g)).toHaveLength(1);
});

test("a query in the path of the check stands in quotes", () => {
  const check = { path: "/readyz?exclude=etcd", statuses: [200, 401] };
  expect(haproxyConf({ ...haproxy, check })).toContain(
    "http-check send meth GET uri '/readyz?exclude=etcd' ver HTTP/1.1 hdr Host kubernetes\n  http-check expect status 200,401\n",
  );
});

test("rejects a password with a line break without showing it", () => {
  const management = { ...haproxy.management, password: "hunter2\nuser admin" };
  expect(() => haproxyConf({ ...haproxy, management })).toThrowErrorMatchingInlineSnapshot(
    `[Error: stats password: expected text without control characters]`,
  );
});

const hostile = {
  "ca file": { ...haproxy, caFile: "/ca.crt verify none" },
  master: { ...haproxy, masters: [{ name: "m 1", address: "192.168.56.10", port: 6443 }] },
  "master address": { ...haproxy, masters: [{ name: "m", address: "1.2.3.4\nserver x", port: 1 }] },
  "stats address": { ...haproxy, management: { ...haproxy.management, address: "* #" } },
  "stats user": { ...haproxy, management: { ...haproxy.management, user: "a b" } },
};

test.each(Object.entries(hostile))("rejects a hostile %s", (what, conf) => {
  expect(() => haproxyConf(conf)).toThrow(`${what}: found `);
});
