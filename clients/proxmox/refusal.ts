import { z } from "zod";
import { ProxmoxError } from "./errors";

const messageAnswer = z.object({ message: z.string() });

/** What came back, before anybody judged it. */
export interface Answer {
  status: number;
  /** Reason of the status line, where Proxmox puts its words. */
  reason: string;
  body: string;
}

/** Why the API did not answer a call, in one sentence. */
export function refusal(origin: string, path: string, answer: Answer): ProxmoxError {
  const { status } = answer;
  const reason = reasonText(answer);
  const where = `${origin}${path}`;
  const error = (kind: ProxmoxError["kind"], text: string) =>
    new ProxmoxError(kind, `${where}: ${text}`, reason, status);
  if (status === 401) {
    return error(
      "unauthorized",
      `the API token is refused (401 ${reason}): it is unknown, expired or has another secret; make a new one (Datacenter > Permissions > API Tokens) and put it into PROXMOX_VE_API_TOKEN`,
    );
  }
  if (status === 403) {
    return error(
      "forbidden",
      `the API token may not read this (403 ${reason}); give user and token the role PVEAuditor on / (a token with privilege separation needs it too)`,
    );
  }
  // AnyEvent::HTTP's own codes, which pveproxy passes on: no connection, broken, unreadable.
  if (status >= 595 && status <= 599) {
    const node = /^\/nodes\/([^/]+)/.exec(path)?.[1];
    const who = node === undefined ? "another node" : `node ${node}`;
    return error(
      "node-unreachable",
      `${who} does not answer the API (${status} ${reason}); check that it is up: systemctl status pveproxy pve-cluster`,
    );
  }
  return error(
    "refused",
    `the API answered ${status} ${reason}; read the log of pveproxy and pvedaemon on the node`,
  );
}

/** Proxmox says why in the status line; newer versions repeat it as `message`. */
function reasonText({ reason, body }: Answer): string {
  let text = reason;
  try {
    const { message } = messageAnswer.parse(JSON.parse(body));
    if (message.trim() !== "") text = message;
  } catch {
    // The words of the status line are left.
  }
  return text.trim().replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 300);
}
