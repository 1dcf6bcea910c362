import { readFileSync } from "node:fs";
import { ProxmoxError } from "./errors";

/** Everything that is needed to talk to a Proxmox API. */
export interface ProxmoxOptions {
  /** URL of any node, e.g. `https://192.168.1.125:8006`; the path is added. */
  endpoint: string;
  /** API token as Proxmox shows it once: `user@realm!name=uuid`. */
  token: string;
  /** Certificates (PEM) of the authority to trust beside the system's. @default the system's only */
  ca?: string;
  /**
   * SHA-256 fingerprint of the node's certificate; then only this certificate is taken, and it needs
   * no authority. @default the certificate must come from a trusted authority and name the host
   */
  fingerprint?: string;
  /** Milliseconds that one call may take. @default 60,000, of which 40,000 until the answer begins */
  timeoutMs?: number;
  /** Calls under way at the same time. @default 6 */
  maxParallel?: number;
}

const settings = (message: string) => new ProxmoxError("settings", message);

const tokenForm =
  /^[^\s:/@!=]+@[A-Za-z][A-Za-z0-9.\-_]+![A-Za-z][A-Za-z0-9.\-_]+=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Checks what a person gave.
 *
 * @throws ProxmoxError of the kind `settings`; a refused token is not shown
 */
export function checkOptions(options: ProxmoxOptions): ProxmoxOptions & { origin: string } {
  const url = URL.canParse(options.endpoint) ? new URL(options.endpoint) : undefined;
  if (url === undefined || url.protocol !== "https:" || url.hostname === "") {
    throw settings(
      `PROXMOX_VE_ENDPOINT: found ${JSON.stringify(options.endpoint)}, expected an https URL; write e.g. https://192.168.1.125:8006`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw settings(
      "PROXMOX_VE_ENDPOINT: found a user name in the URL, expected the address only; put the token into PROXMOX_VE_API_TOKEN",
    );
  }
  if (!tokenForm.test(options.token)) {
    throw settings(
      "PROXMOX_VE_API_TOKEN: not of the form user@realm!name=uuid (it is not shown here); copy both parts that Proxmox showed when the token was made, e.g. audit@pve!homelab=01234567-89ab-cdef-0123-456789abcdef",
    );
  }
  const { fingerprint } = options;
  if (fingerprint !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i.test(fingerprint)) {
    throw settings(
      `PROXMOX_VE_FINGERPRINT: found ${JSON.stringify(fingerprint)}, expected a SHA-256 fingerprint of 32 bytes with colons; take the line that \`pvenode cert info\` prints for pve-ssl.pem or pveproxy-ssl.pem`,
    );
  }
  return { ...options, origin: url.origin };
}

/**
 * Reads endpoint, token and trust from the environment: `PROXMOX_VE_ENDPOINT`,
 * `PROXMOX_VE_API_TOKEN`, and `PROXMOX_VE_CA_FILE` or `PROXMOX_VE_FINGERPRINT`.
 *
 * @throws ProxmoxError of the kind `settings`
 */
export function optionsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ProxmoxOptions {
  const missing = ["PROXMOX_VE_ENDPOINT", "PROXMOX_VE_API_TOKEN"].filter((name) => !env[name]);
  const { PROXMOX_VE_ENDPOINT: endpoint, PROXMOX_VE_API_TOKEN: token } = env;
  if (!endpoint || !token) {
    const fixes = [
      ...(endpoint ? [] : ["PROXMOX_VE_ENDPOINT to the URL of a node"]),
      ...(token ? [] : ["PROXMOX_VE_API_TOKEN to a token with the role PVEAuditor on /"]),
    ];
    throw settings(
      `${missing.join(" and ")}: missing in the environment; set ${fixes.join(" and ")}`,
    );
  }
  const caFile = env.PROXMOX_VE_CA_FILE;
  const fingerprint = env.PROXMOX_VE_FINGERPRINT;
  return {
    endpoint,
    token,
    ...(caFile && { ca: readCa(caFile) }),
    ...(fingerprint && { fingerprint }),
  };
}

function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw settings(
      `PROXMOX_VE_CA_FILE: cannot read ${file} (${why}); copy /etc/pve/pve-root-ca.pem of a node and name it here`,
    );
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw settings(
    `PROXMOX_VE_CA_FILE: ${file} holds no certificate in PEM form; copy /etc/pve/pve-root-ca.pem of a node`,
  );
}
