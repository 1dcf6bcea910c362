import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { caCertificate } from "../../config/sections/pem";

const folder = mkdtempSync(join(tmpdir(), "pem-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function certificate(name: string, ca: boolean): string {
  const at = (suffix: string) => join(folder, `${name}.${suffix}`);
  const constraint = `basicConstraints=critical,CA:${ca ? "TRUE" : "FALSE"}`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const out = ["-keyout", at("key"), "-out", at("crt"), "-subj", `/CN=${name}`];
  const args = ["req", "-x509", ...key, ...out, "-days", "2", "-addext", constraint];
  execFileSync("openssl", args, { stdio: "ignore" });
  return readFileSync(at("crt"), "utf8");
}
const messages = (text: string) => caCertificate.safeParse(text).error?.issues[0]?.message;

test("a CA's certificate, also two of them, with or without a last line break", () => {
  const [first, second] = [certificate("one", true), certificate("two", true)];
  for (const text of [first, first.trim(), first + second]) expect(messages(text)).toBeUndefined();
});

test("rejects a private key without showing it, a server's certificate and anything else", () => {
  const server = certificate("server", false);
  const key = readFileSync(join(folder, "server.key"), "utf8");
  expect(messages(key)).toMatchInlineSnapshot(
    `"found a private key, expected the CA's certificate; take ca.crt instead of ca.key, and replace a key that was shown to others"`,
  );
  expect(messages(server)).toMatchInlineSnapshot(
    `"found a certificate that cannot sign others, expected the CA's; take ca.crt instead of a server's certificate"`,
  );
  const whole = certificate("whole", true);
  const other = messages("/etc/kubernetes/pki/ca.crt");
  expect(other).toMatchInlineSnapshot(
    `"found something else, expected the CA's certificate in PEM form; copy the whole of ca.crt, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"`,
  );
  for (const text of [
    "",
    whole.slice(0, -40),
    `${whole}garbage`,
    whole.replace(/[A-Za-z]{9}/, ""),
  ]) {
    expect(messages(text)).toBe(other);
  }
});
