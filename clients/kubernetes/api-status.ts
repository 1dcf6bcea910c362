import { type RequestOptions, request } from "node:https";
import { type Budget, budgets } from "../deadline";
import { watched } from "../watch";

/** A path of an API server. */
export interface ApiQuestion {
  address: string;
  port: number;
  path: string;
}

/**
 * The status with which an API server answers whoever shows no credential. Its certificate is not
 * looked at, since no stack file states the CA: nothing is told to it, and nothing but the number is believed.
 *
 * @throws OverrunError for a server that is silent or slow; Error when it cannot be reached
 */
export function apiStatus(
  { address, port, path }: ApiQuestion,
  budget: Budget = budgets.question,
): Promise<number> {
  const options: RequestOptions = { host: address, port, path, agent: false };
  const asked = request({ ...options, rejectUnauthorized: false });
  return watched(
    budget,
    (guard) =>
      new Promise<number>((resolve, reject) => {
        asked.on("socket", (socket) => socket.once("connect", guard.connected));
        asked.on("error", reject);
        asked.on("response", ({ statusCode = 0 }) => {
          resolve(statusCode);
          asked.destroy();
        });
        asked.end();
      }),
    () => asked.destroy(),
  );
}
