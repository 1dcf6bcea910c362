import { z } from "zod";
import { absolutePath, hostname, name, port, seconds } from "./network";
import { membersField, vrrpFields } from "./vrrp";

/** One route of Traefik's dynamic configuration: host name to back end. */
export const routeSchema = z.strictObject({
  host: hostname,
  /** Back-end URLs; several are balanced. */
  servers: z.array(z.url({ protocol: /^https?$/ })).min(1),
  /** Entry point. */
  entryPoint: name.default("websecure"),
});

/** Two or more Traefik hosts that share one virtual address. */
export const traefikPairSchema = z.strictObject({
  ...vrrpFields,
  members: membersField,
  /** Traefik's own version; the archive is fetched once per member and its checksum verified. */
  traefik: z.strictObject({
    version: z.string().regex(/^\d+\.\d+\.\d+$/, {
      error: (issue) =>
        `found ${JSON.stringify(issue.input)}, expected a version such as 3.5.0; write all three numbers`,
    }),
    /**
     * Checksum of the release archive (linux, amd64). @default a member that does not run this
     * version already is refused: nothing is installed unverified
     */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, {
        error: (issue) =>
          `found ${JSON.stringify(issue.input)}, expected 64 hexadecimal digits; take the checksum from the release page`,
      })
      .optional(),
    pingPort: port.default(8080),
    /** Directory of the dynamic configuration; the only one that is replicated. */
    dynamicDirectory: absolutePath.default("/etc/traefik/dynamic"),
  }),
  /** Replication of hand-edited files from the first member to the others by lsyncd. @default none: this stack writes every file to every member */
  replication: z
    .strictObject({
      delaySec: seconds(0, 60).default(2),
      fullSyncMinutes: z.int().min(1).max(1440).default(30),
    })
    .optional(),
  routes: z.record(name, routeSchema).default({}),
});
