import { X509Certificate } from "node:crypto";
import { Agent, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import {
  createSecureContext,
  rootCertificates,
  type SecureContext,
  connect as tlsConnect,
} from "node:tls";
import { budgets, OverrunError } from "../deadline";
import { ProxmoxError } from "./errors";

/** What a server is trusted by. */
export interface Trust {
  /** Where it is, for messages: `https://192.168.1.125:8006`. */
  origin: string;
  ca?: string;
  fingerprint?: string;
}

type Made = (error: Error | null, socket: Duplex) => void;

/**
 * Connections that are handed out only when the server has shown the right certificate, so that
 * the token never reaches anybody else.
 */
export class TrustingAgent extends Agent {
  /** Made once: reading the system's authorities takes longer than a connection. */
  private readonly secureContext: SecureContext;

  constructor(
    private readonly trust: Trust,
    maxSockets: number,
  ) {
    super({ keepAlive: true, maxSockets });
    this.secureContext = trusted(trust.ca);
  }

  override createConnection(options: RequestOptions, made: Made = () => {}): undefined {
    const host = options.host ?? "";
    const { fingerprint } = this.trust;
    const socket = tlsConnect({
      host,
      port: Number(options.port ?? 443),
      // An address is not a server name (RFC 6066, 3).
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      // Without a session to resume, which would skip the certificate.
      secureContext: this.secureContext,
      // A pinned certificate is compared below, whoever signed it.
      rejectUnauthorized: fingerprint === undefined,
    });
    const fail = (error: Error) => made(certificateError(error, this.trust) ?? error, socket);
    socket.once("error", fail);
    // The request knows this socket only later, and could not close one that never greets.
    const { connectMs } = budgets.proxmox;
    socket.setTimeout(connectMs, () =>
      socket.destroy(new OverrunError("connect", budgets.proxmox)),
    );
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      const shown = socket.getPeerCertificate().fingerprint256 ?? "none";
      if (fingerprint !== undefined && shown.toUpperCase() !== fingerprint.toUpperCase()) {
        socket.destroy();
        return made(wrongPin(this.trust, shown), socket);
      }
      socket.removeListener("error", fail);
      made(null, socket);
    });
    return undefined;
  }
}

/** The system's authorities, and one's own. */
function trusted(ca: string | undefined): SecureContext {
  if (ca === undefined) return createSecureContext();
  try {
    // A damaged one would be passed over in silence.
    new X509Certificate(ca);
  } catch {
    throw new ProxmoxError(
      "settings",
      "PROXMOX_VE_CA_FILE: its certificate cannot be read; copy /etc/pve/pve-root-ca.pem of a node again",
    );
  }
  return createSecureContext({ ca: [...rootCertificates, ca] });
}

function wrongPin({ origin, fingerprint }: Trust, shown: string): ProxmoxError {
  return new ProxmoxError(
    "certificate",
    `${origin}: its certificate has the fingerprint ${shown}, and ${fingerprint} is pinned; nothing was sent: if the certificate was renewed, take the new fingerprint from \`pvenode cert info\` on the node itself`,
  );
}

/** Codes of node's TLS that say "not this certificate". */
const certificateCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME_INVALID|INVALID_CA|HOSTNAME_MISMATCH)/;

function certificateError(error: Error & { code?: string }, trust: Trust) {
  if (!certificateCodes.test(error.code ?? "")) return undefined;
  const fix =
    error.code === "ERR_TLS_CERT_ALTNAME_INVALID"
      ? "use a name or address that the certificate lists, or pin it with PROXMOX_VE_FINGERPRINT"
      : trust.ca === undefined
        ? "put /etc/pve/pve-root-ca.pem of a node into PROXMOX_VE_CA_FILE, or pin the certificate with PROXMOX_VE_FINGERPRINT"
        : "PROXMOX_VE_CA_FILE is not the authority of this cluster: copy /etc/pve/pve-root-ca.pem again, or pin the certificate with PROXMOX_VE_FINGERPRINT";
  return new ProxmoxError(
    "certificate",
    `${trust.origin}: its certificate is not trusted (${error.message.replace(/\.$/, "")}), and nothing was sent; ${fix}`,
    error.code,
  );
}
