import { type RequestOptions, request } from "node:https";
import { checkServerIdentity, type PeerCertificate, TLSSocket } from "node:tls";
import { tlsErrorText } from "../../model/text";
import { type Budget, budgets } from "../deadline";
import { watched } from "../watch";

/** A path of an API server. */
export interface ApiQuestion {
  address: string;
  port: number;
  path: string;
}

/** What a server shows of itself before it is asked; nobody vouches for it. */
export interface ShownCertificate {
  /** Common name of its subject, as the server wrote it. */
  name: string;
  /** End of its validity, as ECMAScript counts time. */
  endMs: number;
  /** Whether it is for the address at which it was shown. */
  fits: boolean;
}

/** What an API server says to whoever shows no credential. */
export interface ApiServerAnswer {
  status: number;
  /** @default it cannot be read */
  certificate?: ShownCertificate;
}

/**
 * Asks an API server as whoever shows no credential. Its certificate is read and not verified, since no
 * stack file states the CA: nothing is told to the server, and of its answer only the status is read.
 *
 * @throws OverrunError for a server that is silent or slow; Error when it cannot be reached
 */
export function askApiServer(
  { address, port, path }: ApiQuestion,
  budget: Budget = budgets.question,
): Promise<ApiServerAnswer> {
  const options: RequestOptions = { host: address, port, path, agent: false };
  const asked = request({ ...options, rejectUnauthorized: false });
  return watched(
    budget,
    (guard) =>
      new Promise<ApiServerAnswer>((resolve, reject) => {
        asked.on("socket", (socket) => socket.once("connect", guard.connected));
        asked.on("error", (error) => reject(new Error(tlsErrorText(error))));
        asked.on("response", ({ statusCode = 0, socket }) => {
          const certificate = socket instanceof TLSSocket ? shownBy(socket, address) : undefined;
          resolve({ status: statusCode, ...(certificate && { certificate }) });
          asked.destroy();
        });
        asked.end();
      }),
    () => asked.destroy(),
  );
}

/** The status alone. */
export async function apiStatus(question: ApiQuestion, budget?: Budget): Promise<number> {
  return (await askApiServer(question, budget)).status;
}

/** Servers may show what no reader takes. */
function shownBy(socket: TLSSocket, address: string): ShownCertificate | undefined {
  try {
    const shown = socket.getPeerCertificate() as Partial<PeerCertificate>;
    const endMs = Date.parse(shown.valid_to ?? "");
    if (Number.isNaN(endMs)) return undefined;
    const name = [shown.subject?.CN ?? []].flat().join(", ");
    const fits = checkServerIdentity(address, shown as PeerCertificate) === undefined;
    return { name, endMs, fits };
  } catch {
    return undefined;
  }
}
