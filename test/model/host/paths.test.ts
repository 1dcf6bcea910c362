import { posix } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CERTIFICATE_ROOTS, overlap, ownedPathMistake } from "../../../model/host/paths";

const mistake = (path: string) => ownedPathMistake(path, CERTIFICATE_ROOTS);

test.each([
  "/etc/traefik/dynamic",
  "/etc/traefik/certificates",
  "/var/lib/traefik/conf.d",
  "/etc/lego/certificates",
])("takes %s", (path) => {
  expect(mistake(path)).toBeUndefined();
});

test.each([
  ...["/", "/usr", "/etc", "/root/.ssh", "/etc/systemd/system", "/var/lib", "/home", "/boot"],
  ...["/etc/traefik", "/etc/traefikx/y", "/etc/traefik/../ssh", "/etc/traefik/..", "etc/traefik/x"],
  ...["/etc/traefik/./dynamic", "/etc/traefik//dynamic", "//etc/traefik/dynamic"],
  ...["/etc/traefik/dynamic/", "/etc/traefik/a b", "/etc/traefik/x\n/usr", "/etc/traefik/$(id)"],
  ...["/etc/traefik/traefik.yml", "/etc/traefik/traefik.yml/x", "", "/var/lib/homelab-ha/history"],
])("rejects %j", (path) => {
  expect(mistake(path)).toMatch(/^(which|expected) .*; (write|use) /);
});

test("says how to write a path that has another name", () => {
  expect(mistake("/etc/traefik/./dynamic")).toBe(
    "which is another way to write /etc/traefik/dynamic; write /etc/traefik/dynamic",
  );
});

test("directories overlap however they are written", () => {
  expect(overlap("/etc/traefik/./dynamic", "/etc/traefik//dynamic/x")).toBe(true);
  expect(overlap("/etc/traefik/dynamic", "/etc/traefik/dynamic2")).toBe(false);
});

test("whatever is taken is resolved, and lies below a directory that belongs to this stack", () => {
  const parts = fc.constantFrom(
    "etc",
    "traefik",
    "usr",
    "root",
    ".ssh",
    "..",
    ".",
    "",
    "lego",
    "x",
    "var",
    "lib",
  );
  const path = fc.oneof(
    fc.array(parts, { maxLength: 7 }).map((names) => `/${names.join("/")}`),
    fc.string().map((text) => `/etc/traefik/${text}`),
  );
  fc.assert(
    fc.property(path, (text) => {
      if (mistake(text) !== undefined) return;
      expect(posix.resolve(text)).toBe(text);
      expect(text).toMatch(/^\/(etc|var\/lib|opt|srv)\/(traefik|lego)\/[A-Za-z0-9_./-]+$/);
    }),
    { numRuns: 3000 },
  );
});
