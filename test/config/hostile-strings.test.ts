import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { hostKey, hostname, interfaceName, name, userName } from "../../config/sections/network";
import { caPath, ownedPath } from "../../config/sections/owned-paths";
import { routeSchema, traefikPairFields } from "../../config/sections/traefik-pairs";
import { TRAEFIK_ROOTS } from "../../model/host/paths";
import { hostFileScript } from "../../templates/host/host-file";
import { lsyncdConf } from "../../templates/replication/lsyncd";
import { word } from "../../templates/text";
import { traefikDynamic } from "../../templates/traefik/traefik";
import { lsyncd } from "../support/template-data";

/** What an attacker would write into a field that reaches a host, and what comes near it. */
const evil = [
  ...[
    "-oProxyCommand=id",
    "--",
    "-",
    "$(id)",
    "`id`",
    "; id",
    "| sh",
    "&& id",
    "'",
    '"',
    "\\",
    "#",
    "!",
  ],
  ...['{{ env "HOME" }}', "{{", "}}", "$HOME", "%n", "*", "?", "~root", "[x]", "{a,b}", "<", ">"],
  ...[
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u2028",
    "\u202e",
    "\x1b[2J",
    " ",
    "..",
    "/",
    "//",
    "/./",
    "/usr",
    "@",
  ],
  ...["root", "eth0", "a.example.org", "http://a", "/etc/traefik/x", "/etc/haproxy/x.crt", "3.5.0"],
];
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.oneof(fc.constantFrom(...evil), fc.string({ maxLength: 3 })), { maxLength: 6 })
    .map((all) => all.join("")),
);

const { version, sha256 } = traefikPairFields.traefik.shape;
const words: Record<string, z.ZodType> = {
  userName,
  interfaceName,
  hostname,
  name,
  version,
  sha256,
  dynamicDirectory: ownedPath(TRAEFIK_ROOTS),
  caFile: caPath,
};

test.each(Object.entries(words))(
  "a hostile %s is refused, or is one plain word that is no option",
  (_, schema) => {
    fc.assert(
      fc.property(hostile, (text) => {
        if (!schema.safeParse(text).success) return;
        expect(word(text, "text")).toBe(text);
        expect(text).toMatch(/^[A-Za-z0-9_/*]/);
        expect(text).not.toMatch(/\{\{|\.\.\//);
      }),
      { numRuns: 1000 },
    );
  },
);

test.each(evil.filter((text) => !["root", "eth0", "a.example.org", "3.5.0"].includes(text)))(
  "rejects %j as a user, an interface, a host key and a version",
  (text) => {
    for (const schema of [userName, interfaceName, hostKey, version]) {
      expect(schema.safeParse(text).success).toBe(false);
    }
  },
);

test("interfaces are what the kernel takes, and nothing that a program reads otherwise", () => {
  for (const good of ["eth0", "ens18", "vmbr0", "eth0.100", "enp0s31f6", "a23456789012345"]) {
    expect(interfaceName.safeParse(good).success).toBe(true);
  }
  for (const bad of [".", "..", "a/b", "eth0:1", "-a", "a234567890123456", "", "é"]) {
    expect(interfaceName.safeParse(bad).success).toBe(false);
  }
});

test("a route arrives in Traefik's file as it was written, whatever was written", () => {
  fc.assert(
    fc.property(hostile, hostile, (host, url) => {
      for (const server of [url, `http://a${url}`, `http://a/${url}`]) {
        const route = routeSchema.safeParse({ host, servers: [server] });
        const known = routeSchema.safeParse({ host: "a.example.org", servers: [server] });
        for (const { data } of [route, known]) {
          if (!data) continue;
          const text = traefikDynamic({ a: data });
          expect(text).not.toContain("{{");
          expect(parse(text).http.services.a.loadBalancer.servers).toEqual([{ url: server }]);
        }
      }
    }),
    { numRuns: 500 },
  );
}, 30_000);

test("what gets past the schema, e.g. by a transform of one's own, is refused where text is made", () => {
  const route = { host: "a.example.org", servers: ['http://{{ env "HOME" }}'], entryPoint: "web" };
  expect(() => traefikDynamic({ a: route })).toThrow("which Traefik would run as a template");
  for (const user of ["-oProxyCommand=id x", "a\nb", 'a" .. b']) {
    const targets = [{ address: "1.2.3.4", user, port: 22 }];
    expect(() => lsyncdConf({ ...lsyncd, targets })).toThrow(/user: found /);
  }
  const file = { host: "a", path: "/etc/x; id", sha256: "0", mode: "0644", owner: "root:root" };
  expect(() => hostFileScript(file)).toThrow(/path: found /);
});
