import { z } from "zod";
import { count, ipAddress, name } from "./network";

/** What an internal DNS name points at: exactly one of a reference to a virtual address, or a plain address. */
export const dnsTargetSchema = z.strictObject({
  traefikPair: name.optional().describe("Virtual address of a pair."),
  kubernetesIngress: name.optional().describe("Address of a Kubernetes ingress."),
  apiLoadBalancer: name.optional().describe("Virtual address of an API load balancer."),
  servicePair: name.optional().describe("Virtual address of a service pair."),
  kubernetes: name.optional().describe("Address of the API of a Kubernetes cluster."),
  address: ipAddress.optional().describe("A plain address, of something this stack does not make."),
});

/** An internal DNS record: declared, so that a report can say who depends on what; not managed here. */
export const dnsRecordSchema = z.strictObject({
  to: dnsTargetSchema.describe("What it points at: exactly one."),
  ttlSec: count("seconds", 1, 86_400).default(300).describe("Time to live in seconds."),
});
