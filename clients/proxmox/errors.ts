/** What went wrong between us and a Proxmox API, as far as a caller can act on it. */
export type ProxmoxErrorKind =
  /** Endpoint, token, CA file or fingerprint are missing or malformed; nothing was sent. */
  | "settings"
  /** Nobody answers at the endpoint. */
  | "unreachable"
  /** Somebody answers who is not the pinned or certified cluster; nothing was sent. */
  | "certificate"
  | "timeout"
  /** 401 */
  | "unauthorized"
  /** 403, or a token that may see less than everything. */
  | "forbidden"
  /** 595 and its kin: the endpoint answers, but not the node that it passes the call on to. */
  | "node-unreachable"
  /** Any other refusal of the API. */
  | "refused"
  /** An answer that is not what the API documents. */
  | "malformed"
  /** Something was listed, and gone when it was asked for. */
  | "vanished";

/** A failure of the Proxmox API in one sentence: where, what, and how to mend it; never the token. */
export class ProxmoxError extends Error {
  constructor(
    readonly kind: ProxmoxErrorKind,
    message: string,
    /** The API's own words, where it said something. */
    readonly reason = "",
    /** HTTP status, where there was an answer. */
    readonly status?: number,
  ) {
    super(message);
  }
}
