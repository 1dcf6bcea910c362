import { z } from "zod";
import { CERTIFICATE_ROOTS, overlap } from "../../model/host/paths";
import { guestName, hostname } from "./network";
import { ownedPath } from "./owned-paths";

/** Owner of certificates that something outside this stack writes to every member. */
export const EXTERNAL = "external";

/**
 * Certificates of a pair. Traefik itself asks for none: two members that do race each other and
 * the certificate authority's limits.
 */
export const certificatesSchema = z
  .strictObject({
    owner: guestName.describe(
      "Who renews them: the first member, from which they are copied to the others, or `external`, which writes them to every member.",
    ),
    directory: ownedPath(CERTIFICATE_ROOTS)
      .default("/etc/traefik/certificates")
      .describe("Directory of the PEM files on every member; outside the dynamic configuration."),
    names: z
      .array(hostname)
      .min(1)
      .describe(
        "One certificate each, as `NAME.crt` (with its chain) and `NAME.key`; a leading `*` is written `_`, as lego does.",
      ),
  })
  .describe(
    "Certificates from PEM files, renewed outside Traefik, e.g. by lego over DNS-01. Default: none, Traefik answers with a certificate of its own making.",
  );
export type Certificates = z.output<typeof certificatesSchema>;

/** What is wrong with a pair's certificates beyond single fields. */
export function certificateProblems(
  certificates: Certificates | undefined,
  members: readonly string[],
  dynamicDirectory: string,
): { path: (string | number)[]; message: string }[] {
  if (!certificates) return [];
  const { owner, directory } = certificates;
  const problems: { path: (string | number)[]; message: string }[] = [];
  const [first = ""] = members;
  if (owner !== EXTERNAL && owner !== first) {
    problems.push({
      path: ["certificates", "owner"],
      message: members.includes(owner)
        ? `found "${owner}", but files are copied from the first member, "${first}"; list "${owner}" first, or use "${EXTERNAL}"`
        : `found "${owner}", expected the first member, "${first}", or "${EXTERNAL}"; change it`,
    });
  }
  if (overlap(directory, dynamicDirectory)) {
    problems.push({
      path: ["certificates", "directory"],
      message: `found "${directory}", which overlaps the dynamic configuration in "${dynamicDirectory}"; use a directory of its own, e.g. /etc/traefik/certificates`,
    });
  }
  return problems;
}

/** File names of one certificate, without directory. */
export function certificateFiles(host: string): { certificate: string; key: string } {
  const base = host.replace(/^\*/, "_");
  return { certificate: `${base}.crt`, key: `${base}.key` };
}
