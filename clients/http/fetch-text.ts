import type { Budget } from "../deadline";
import { type Watch, watched } from "../watch";

/** What came back, before anybody judged it. */
export interface TextAnswer {
  status: number;
  text: string;
}

/**
 * One call of an API. A redirect is not followed: it would carry the token, or what is sent, to
 * wherever an answer says.
 *
 * @throws OverrunError for a server that is silent, slow or says too much; Error when it cannot be reached
 */
export function fetchText(
  url: string | URL,
  request: RequestInit,
  budget: Budget,
): Promise<TextAnswer> {
  const controller = new AbortController();
  const exchange = async (guard: Watch): Promise<TextAnswer> => {
    const options = { ...request, redirect: "manual", signal: controller.signal } as const;
    const response = await fetch(url, options);
    guard.connected();
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      guard.heard(bytes.length);
      chunks.push(bytes);
    }
    return { status: response.status, text: Buffer.concat(chunks).toString("utf8") };
  };
  // `fetch` says nothing of a connection: it is there at the latest with the head of the answer.
  const whole = { ...budget, connectMs: budget.firstByteMs };
  return watched(whole, exchange, () => controller.abort());
}
