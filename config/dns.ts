import { z } from "zod";
import { count, ipv4, name } from "./network";

/** What an internal DNS name points at: exactly one of a reference to a virtual address, or a plain address. */
export const dnsTargetSchema = z.strictObject({
  traefikPair: name.optional(),
  kubernetesIngress: name.optional(),
  apiLoadBalancer: name.optional(),
  address: ipv4.optional(),
});

/** An internal DNS record: declared, so that a report can say who depends on what; not managed here. */
export const dnsRecordSchema = z.strictObject({
  to: dnsTargetSchema,
  ttlSec: count("seconds", 30, 86_400).default(300),
});
