import { X509Certificate } from "node:crypto";
import { z } from "zod";

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificate of a certificate authority in PEM form; several may follow each other while one
 * replaces another. Messages never show the text, for it might be the wrong file.
 */
export const caCertificate = z.string().superRefine((text, context) => {
  const problem = mistakeIn(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

function mistakeIn(text: string): string | undefined {
  if (text.includes("PRIVATE KEY-----")) {
    return "found a private key, expected the CA's certificate; take ca.crt instead of ca.key, and replace a key that was shown to others";
  }
  const blocks = text.match(BLOCK) ?? [];
  const rest = text.replace(BLOCK, "").trim();
  try {
    const authorities = blocks.map((block) => new X509Certificate(block)).every(({ ca }) => ca);
    if (blocks.length > 0 && rest === "" && authorities) return undefined;
    if (!authorities) {
      return "found a certificate that cannot sign others, expected the CA's; take ca.crt instead of a server's certificate";
    }
  } catch {
    // Said below.
  }
  return "found something else, expected the CA's certificate in PEM form; copy the whole of ca.crt, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----";
}
