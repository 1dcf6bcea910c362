import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** How long the certificates hold; a run is over long before. */
const DAYS = ["-days", "365"];

/** A day before it was made. */
const ENDED = ["-days", "-1"];

/**
 * A certification authority of its own (`ca.crt`), an API server's certificate (`server.*`) that
 * names these addresses, and one of an administrator (`admin.*`), as files of a folder.
 */
export function makeCertificates(folder: string, addresses: readonly string[]): void {
  makeAuthority(folder);
  issueServer(folder, "server", addresses);
}

/** A certification authority (`ca.crt`) and an administrator's certificate by it (`admin.*`). */
export function makeAuthority(folder: string): void {
  const files = ["-keyout", "ca.key", "-out", "ca.crt"];
  openssl(folder, "req", ...KEY, "-x509", ...DAYS, ...files, "-subj", "/CN=kubernetes");
  issue(folder, "admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth\n");
}

/** An API server's certificate (`NAME.crt`, `NAME.key`), by the authority of the same folder. */
export function issueServer(folder: string, name: string, addresses: readonly string[]): void {
  const names = ["DNS:kubernetes", ...addresses.map((address) => `IP:${address}`)].join(",");
  const extensions = `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`;
  issue(folder, name, `/CN=${name}`, extensions);
}

/**
 * A client's certificate (`NAME.crt`, `NAME.key`) that may ask and do nothing else.
 *
 * @param ended whether it ended yesterday
 */
export function issueClient(folder: string, name: string, { ended = false } = {}): void {
  const subject = `/O=system:monitoring/CN=${name}`;
  issue(folder, name, subject, "extendedKeyUsage=clientAuth\n", ended ? ENDED : DAYS);
}

function issue(
  folder: string,
  name: string,
  subject: string,
  extensions: string,
  days: readonly string[] = DAYS,
): void {
  writeFileSync(join(folder, `${name}.ext`), extensions);
  const request = ["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject];
  openssl(folder, "req", ...KEY, ...request);
  const by = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", ...days];
  const files = ["-in", `${name}.csr`, "-out", `${name}.crt`, "-extfile", `${name}.ext`];
  openssl(folder, "x509", "-req", ...by, ...files);
}

function openssl(folder: string, ...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}
