import { X509Certificate } from "node:crypto";
import type { Finding } from "../finding";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Days before the end from which the end is mentioned; a new CA takes weeks to reach every client. */
const EARLY_DAYS = 90;

/**
 * Whether a cluster's CA lasts. kubeadm makes it for ten years, which is long enough to forget it;
 * after its end no health check is verified and every master counts as dead.
 *
 * @param pem one certificate or several; the one that lasts longest counts
 */
export function judgeCaExpiry(pem: string, now: Date): Finding[] {
  const ends = (
    pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  ).map((block) => Date.parse(new X509Certificate(block).validTo));
  if (ends.length === 0) return [];
  const end = Math.max(...ends);
  const days = Math.floor((end - now.getTime()) / DAY_MS);
  if (days >= EARLY_DAYS) return [];
  const day = new Date(end).toISOString().slice(0, 10);
  const over = end <= now.getTime();
  return [
    {
      rule: "ca-expiry",
      path: ["caCertificate"],
      message: over
        ? `the CA's certificate ended on ${day}, so every master would count as dead`
        : `the CA's certificate ends on ${day}, in ${days} ${days === 1 ? "day" : "days"}; after that every master counts as dead`,
      fix: "renew the CA (https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/), and state the old and the new certificate one after the other meanwhile",
      severity: over ? "error" : "warning",
    },
  ];
}
