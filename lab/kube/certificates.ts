import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A certification authority of its own (`ca.crt`), an API server's certificate (`server.*`) that
 * names these addresses, and one of an administrator (`admin.*`), as files of a folder; valid for a day.
 */
export function makeCertificates(folder: string, addresses: readonly string[]): void {
  const openssl = (...args: string[]) => {
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-x509", "-days", "1", "-keyout", "ca.key", "-out", "ca.crt"];
  openssl("req", ...key, ...authority, "-subj", "/CN=kubernetes");
  const issue = (name: string, subject: string, extensions: string) => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    const request = ["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject];
    openssl("req", ...key, ...request);
    const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1"];
    const files = ["-in", `${name}.csr`, "-out", `${name}.crt`, "-extfile", `${name}.ext`];
    openssl("x509", "-req", ...by, ...files);
  };
  const names = ["DNS:kubernetes", ...addresses.map((address) => `IP:${address}`)].join(",");
  issue("server", "/CN=kube-apiserver", `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  issue("admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth\n");
}
