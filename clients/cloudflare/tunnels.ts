import { z } from "zod";
import { type Budget, budgets } from "../deadline";
import { fetchText } from "../http/fetch-text";

/** Cloudflare's API; tests have one of their own. */
export const CLOUDFLARE_API = "https://api.cloudflare.com/client/v4";

/** `GET /accounts/{account}/cfd_tunnel`; a connector is a cloudflared, with several connections. */
const tunnelsAnswer = z.looseObject({
  result: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      connections: z
        .array(
          z.looseObject({
            client_id: z.string().optional(),
            is_pending_reconnect: z.boolean().optional(),
          }),
        )
        .nullish(),
    }),
  ),
});

/** Where a tunnel is looked for. */
export interface TunnelQuestion {
  accountId: string;
  /** Its name in the account. */
  name: string;
  /** A token that may read tunnels (`Cloudflare Tunnel: Read`). */
  token: string;
  /** @default Cloudflare's own */
  api?: string;
}

/**
 * How many connectors of a tunnel Cloudflare sees.
 *
 * @throws Error that says in one line why that is not known; the token is never in it
 */
export async function tunnelConnectors(
  { accountId, name, token, api = CLOUDFLARE_API }: TunnelQuestion,
  budget: Budget = budgets.question,
): Promise<number> {
  const url = new URL(`${api}/accounts/${accountId}/cfd_tunnel`);
  url.searchParams.set("name", name);
  url.searchParams.set("is_deleted", "false");
  const headers = { authorization: `Bearer ${token}` };
  const { status, text } = await fetchText(url, { headers }, budget);
  if (status !== 200) {
    const fix = status === 401 || status === 403 ? "; it needs Cloudflare Tunnel: Read" : "";
    throw new Error(`Cloudflare answers with status ${status}${fix}`);
  }
  const tunnel = answerIn(text).find((one) => one.name === name);
  if (!tunnel) throw new Error(`the account has no tunnel "${name}"`);
  const living = (tunnel.connections ?? []).filter((one) => one.is_pending_reconnect !== true);
  return new Set(living.map(({ client_id }) => client_id)).size;
}

function answerIn(text: string) {
  try {
    return tunnelsAnswer.parse(JSON.parse(text)).result;
  } catch {
    throw new Error("the answer of Cloudflare is not as it documents it");
  }
}
