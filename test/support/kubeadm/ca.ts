import { execFileSync } from "node:child_process";

/** The certificate of a new CA, as `ca.crt` holds it. */
export function newCa(days = 3650): string {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const args = ["req", "-x509", ...key, "-keyout", "/dev/null", "-subj", "/CN=kubernetes"];
  return execFileSync("openssl", [...args, "-days", String(days)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}
