import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** The secrets provider of a stack on simulated platforms, as `pulumi stack init` takes it. */
export const REHEARSAL_KEYS = "hashivault://rehearsal";

const asked = z.looseObject({
  plaintext: z.string().optional(),
  ciphertext: z.string().optional(),
});

const PREFIX = "vault:v1:";
/** A wrapped key has some 60 characters; nothing long is meant for this service. */
const LONGEST_REQUEST = 4096;

let started: Promise<Record<string, string>> | undefined;

/**
 * Starts, once in this process, a key service for rehearsals and returns the variables by which the
 * CLI finds it. It speaks the part of Vault's transit engine that the CLI uses, and hides nothing:
 * a rehearsal's state holds no secret (`withoutSecrets`). A passphrase would hide nothing either,
 * an empty one, but each start of the CLI would derive a key from it: two thirds of the processor
 * time of a small `up`.
 */
export function rehearsalKeys(): Promise<Record<string, string>> {
  started ??= start();
  return started;
}

async function start(): Promise<Record<string, string>> {
  const token = randomBytes(16).toString("hex");
  const server = createServer((request, response) => {
    const end = (code: number, data: Record<string, string> = {}) => {
      response.writeHead(code, { "content-type": "application/json" });
      response.end(JSON.stringify({ data }));
    };
    if (request.headers["x-vault-token"] !== token) return end(403);
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      body += part;
      if (body.length > LONGEST_REQUEST) request.destroy();
    });
    request.on("end", () => {
      const data = answer(request.url ?? "", body);
      end(data === undefined ? 400 : 200, data);
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(0, "127.0.0.1", listening);
  });
  // Whoever ends a command must not wait for this.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: token };
}

function answer(url: string, body: string): Record<string, string> | undefined {
  const { plaintext, ciphertext } = parsed(body);
  if (url.startsWith("/v1/transit/encrypt/") && plaintext !== undefined) {
    return { ciphertext: `${PREFIX}${plaintext}` };
  }
  if (url.startsWith("/v1/transit/decrypt/") && ciphertext?.startsWith(PREFIX)) {
    return { plaintext: ciphertext.slice(PREFIX.length) };
  }
  return undefined;
}

function parsed(body: string): z.output<typeof asked> {
  try {
    return asked.catch({}).parse(JSON.parse(body));
  } catch {
    return {};
  }
}
