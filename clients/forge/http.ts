import { budgets, OverrunError } from "../deadline";
import { type Watch, watched } from "../watch";

/** What came back, before anybody judged it. */
export interface ForgeAnswer {
  status: number;
  text: string;
}

/**
 * One call of a forge's API. A redirect is not followed: it would carry the token, or the text of a
 * comment, to wherever an answer says.
 *
 * @throws OverrunError for a forge that is silent, slow or says too much; Error when it cannot be reached
 */
export async function askForge(url: string, request: RequestInit): Promise<ForgeAnswer> {
  const controller = new AbortController();
  const exchange = async (guard: Watch): Promise<ForgeAnswer> => {
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
  const budget = { ...budgets.forge, connectMs: budgets.forge.firstByteMs };
  return watched(budget, exchange, () => controller.abort());
}

/** Why a forge could not be asked. */
export function unreachableText(error: unknown): string {
  if (error instanceof OverrunError) return error.message;
  const { cause, message } = error as Error & { cause?: unknown };
  if (!(cause instanceof Error)) return message;
  // Several addresses were tried: the error itself is then without a message.
  const { code } = cause as NodeJS.ErrnoException;
  return cause.message || (code ?? String(cause));
}
