import { expect, test } from "vitest";
import { findingText } from "../../../model/finding";
import { judgeOrigin } from "../../../model/network/origin";

const sentences = (service: string) => judgeOrigin(service).map(findingText);

test.each([
  "https://traefik.traefik.svc",
  "https://traefik.traefik.svc.cluster.local:443",
  "http://grafana:3000",
  "https://traefik-2.internal.lakehouse.wtf",
  "http://10-0-20-200.example.org",
  "http://host10",
  "http://0x0a.example.org",
  "ssh://git.example.org:22",
  "tcp://db.data.svc:5432",
  "http_status:404",
  "unix:/run/traefik.sock",
  "unix+tls:/run/traefik.sock",
  "hello_world",
  "hello-world",
  "bastion",
  "socks-proxy",
])("accepts %s", (service) => {
  expect(judgeOrigin(service)).toEqual([]);
});

test("rejects the address of a load balancer", () => {
  expect(sentences("https://10.0.20.200:443")).toMatchInlineSnapshot(`
    [
      "the tunnel origin "https://10.0.20.200:443" is an address, expected the name of a Service, which stays when the address moves; use https://<service>.<namespace>.svc",
    ]
  `);
});

test("rejects IPv6 addresses", () => {
  expect(sentences("http://[::1]")).toMatchInlineSnapshot(`
    [
      "the tunnel origin "http://[::1]" is an address, expected the name of a Service, which stays when the address moves; use http://<service>.<namespace>.svc",
    ]
  `);
  expect(judgeOrigin("https://[fd00::10.0.20.200]:8443")).toHaveLength(1);
  expect(judgeOrigin("https://[fe80::1%25eth0]")).toHaveLength(1);
});

test("rejects an address in disguise and says which one it is", () => {
  expect(sentences("http://0x0a0014c8")).toMatchInlineSnapshot(`
    [
      "the tunnel origin "http://0x0a0014c8" is the address 10.0.20.200, expected the name of a Service, which stays when the address moves; use http://<service>.<namespace>.svc",
    ]
  `);
});

test.each([
  "http://167777480",
  "http://012.0.024.0310",
  "http://0xa.0x0.0x14.0xc8",
  "http://10.5320",
  "http://10.0.20.200.",
  "http://10%2E0.20.200",
  "tcp://167777480:5432",
  "HTTPS://10.0.20.200",
  "https://user:pass@10.0.20.200",
])("rejects %s", (service) => {
  expect(judgeOrigin(service).map(({ message }) => message)).toEqual([
    expect.stringMatching(/address/),
  ]);
});

test("rejects a path, alone or with an address", () => {
  expect(sentences("https://traefik.traefik.svc/")).toMatchInlineSnapshot(`
    [
      "the tunnel origin "https://traefik.traefik.svc/" has a path, which cloudflared refuses: the request keeps its own; remove everything from the first slash after the host",
    ]
  `);
  expect(judgeOrigin("https://10.0.20.200/ping")).toHaveLength(2);
});

test.each([
  "traefik.traefik.svc",
  "10.0.20.200:443",
  "https://",
  "https://:443",
  "//traefik",
  "",
  "https:traefik",
])("rejects %j without scheme or host", (service) => {
  expect(judgeOrigin(service).map(({ message }) => message)).toEqual([
    `the tunnel origin "${service}" has no scheme and host, which cloudflared refuses`,
  ]);
});

test("rejects a status that is none", () => {
  expect(sentences("http_status:40")).toMatchInlineSnapshot(`
    [
      "the tunnel origin "http_status:40" has no HTTP status, expected a number from 100 to 999; write e.g. http_status:404",
    ]
  `);
  expect(judgeOrigin("http_status:999")).toEqual([]);
  for (const code of ["", "1000", "099", "404x"]) {
    expect(judgeOrigin(`http_status:${code}`)).toHaveLength(1);
  }
});

test("never shows a password in the address", () => {
  expect(sentences("https://admin:hunter2@10.0.20.200/x").join("\n")).not.toContain("hunter2");
});
