import { z } from "zod";
import { CA_ROOTS, isWithin, ownedPathMistake, WRITTEN_CA_ROOT } from "../../model/host/paths";
import { shown } from "./network";

/**
 * A path on a host that this stack creates, guards or copies; never one of the system.
 *
 * @param roots directories below which it has to lie
 */
export function ownedPath(roots: readonly string[]) {
  return z
    .string({
      error: (issue) => `found ${shown(issue.input)}, expected an absolute path; change it`,
    })
    .refine((value) => ownedPathMistake(value, roots) === undefined, {
      error: (issue) =>
        `found ${shown(issue.input)}, ${ownedPathMistake(String(issue.input), roots)}`,
    });
}

/** The certificate of a cluster's CA on a load balancer, as HAProxy reads it. */
export const caPath = ownedPath(CA_ROOTS).refine((value) => /\.(crt|pem|cer)$/.test(value), {
  error: (issue) =>
    `found ${shown(issue.input)}, expected a file that ends in .crt, .pem or .cer; rename it`,
});

/** Why a CA's certificate may not be written to a path, where this stack writes it. */
export function writtenCaMistake(path: string): string | undefined {
  if (isWithin(path, WRITTEN_CA_ROOT)) return undefined;
  return `found ${shown(path)}, where certificates of others lie, but this stack writes the file; use a path below ${WRITTEN_CA_ROOT}`;
}
