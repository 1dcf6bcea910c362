import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ProxmoxApi } from "../../../sim/proxmox/api-server/server";

/** What a lying Proxmox says in the place of an answer. */
export type Lie = (path: string, data: unknown) => unknown;

/** Variables with which a command finds an API. */
export const proxmoxEnv = (endpoint: string, { token, certificate }: ProxmoxApi) => ({
  PROXMOX_VE_ENDPOINT: endpoint,
  PROXMOX_VE_API_TOKEN: token,
  PROXMOX_VE_FINGERPRINT: certificate.fingerprint,
});

/** Stands before a simulated API, and changes what it says. */
export async function lyingProxmox(api: ProxmoxApi): Promise<{
  endpoint: string;
  env: Record<string, string>;
  tell(lie: Lie): void;
}> {
  let lie: Lie = (_, data) => data;
  const { key, cert } = api.certificate;
  const server = createServer({ key, cert }, ({ url = "/", headers }, response) => {
    const asked = request(
      `${api.endpoint}${url}`,
      { rejectUnauthorized: false, headers: { ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const path = url.replace(/^\/api2\/json|\?.*$/g, "");
          const body = JSON.stringify(lie(path, JSON.parse(text)));
          response.writeHead(answer.statusCode ?? 200, answer.statusMessage, {
            "content-type": "application/json",
          });
          response.end(body);
        });
      },
    );
    asked.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    env: proxmoxEnv(endpoint, api),
    tell(next) {
      lie = next;
    },
  };
}

/** A value in which every text under one key is another one. */
export function underKey(value: unknown, key: string, text: string): unknown {
  if (Array.isArray(value)) return value.map((one) => underKey(one, key, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === key && typeof one === "string" ? text : underKey(one, key, text),
    ]),
  );
}

/** Keys under which a value has texts. */
export function textKeys(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) textKeys(one, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      if (typeof one === "string") found.add(key);
      textKeys(one, found);
    }
  }
  return found;
}
