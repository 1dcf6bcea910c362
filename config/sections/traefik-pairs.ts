import { z } from "zod";
import { TRAEFIK_ROOTS } from "../../model/host/paths";
import { serverUrlMistake } from "../../model/host/server-url";
import { certificatesSchema } from "./certificates";
import { count, hostname, name, port, seconds, shown } from "./network";
import { ownedPath } from "./owned-paths";
import { withDefaults } from "./profiles";
import { leavingField, membersField, statedVrrpFields } from "./vrrp";

const serverUrl = z
  .string({
    error: (issue) =>
      `found ${shown(issue.input)}, expected the URL of a back end; write e.g. http://192.168.1.120:3000`,
  })
  .superRefine((value, context) => {
    const message = serverUrlMistake(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** One route of Traefik's dynamic configuration: host name to back end. */
export const routeSchema = z
  .strictObject({
    host: hostname.describe("Host name that the route answers to."),
    servers: z.array(serverUrl).min(1).describe("Back-end URLs; several are balanced."),
    entryPoint: name.default("websecure").describe("Entry point."),
  })
  .describe("One route: host name to back end.");

/** Why a text is no version of a Traefik that this program writes files for. */
function versionMistake(value: unknown): string | undefined {
  const expected = "expected a version of Traefik 3 such as 3.5.0";
  if (value === undefined) return `missing, ${expected}; add it`;
  const [, major, minor, patch] =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(String(value).trim()) ?? [];
  if (major === undefined) return `found ${shown(value)}, ${expected}; write all three numbers`;
  if (Number(major) < 3) {
    return `found ${shown(value)}, ${expected}, for the files are written for that; upgrade it, and state the version that runs then`;
  }
  const whole = `${major}.${minor ?? 0}.${patch ?? 0}`;
  return value === whole ? undefined : `found ${shown(value)}, ${expected}; write e.g. ${whole}`;
}

/** SHA-256 of what is downloaded. */
export const checksum = z.string().regex(/^[0-9a-f]{64}$/, {
  error: (issue) =>
    `found ${JSON.stringify(issue.input)}, expected 64 hexadecimal digits; take the checksum from the release page`,
});

const sectionSchema = z.strictObject({
  ...statedVrrpFields,
  members: membersField,
  leaving: leavingField,
  traefik: z
    .strictObject({
      version: z
        .string({ error: ({ input }) => versionMistake(input) })
        .refine((value) => versionMistake(value) === undefined, {
          error: ({ input }) => versionMistake(input),
        })
        .describe("Version that must run."),
      sha256: checksum
        .optional()
        .describe(
          "Checksum of the release archive (linux, amd64). Default: a member that does not run this version already is refused: nothing is installed unverified.",
        ),
      sha256Arm64: checksum
        .optional()
        .describe(
          "Checksum of the release archive for members with 64-bit ARM (linux, arm64); each member takes the archive of its own processor. Default: such a member must run this version already.",
        ),
      pingPort: port
        .default(8080)
        .describe("Local port on which Traefik answers the health check."),
      dynamicDirectory: ownedPath(TRAEFIK_ROOTS)
        .default("/etc/traefik/dynamic")
        .describe("Directory of the dynamic configuration; the only one that is replicated."),
      driftPort: port
        .default(8081)
        .describe(
          "Port on which a member tells the others the checksum of its dynamic configuration; on its own address only.",
        ),
    })
    .describe(
      "Traefik's own version; the archive is fetched once per member and its checksum verified.",
    ),
  replication: z
    .strictObject({
      delaySec: seconds(0, 60)
        .default(0.3)
        .describe("Seconds that lsyncd collects changes before it copies them."),
      fullSyncMinutes: count("minutes between two full copies", 1, 1440)
        .default(30)
        .describe(
          "Minutes between two full copies, which repair what drifted on the other members.",
        ),
    })
    .optional()
    .describe(
      "Replication of hand-edited files from the first member to the others by lsyncd. Default: none: this stack writes every file to every member.",
    ),
  routes: z
    .record(name, routeSchema)
    .default({})
    .describe("Routes by name; one file on every member."),
  certificates: certificatesSchema.optional(),
});

/** The fields of a pair, for the component. */
export const traefikPairFields = sectionSchema.shape;

/** Two or more Traefik hosts that share one virtual address. */
export const traefikPairSchema = sectionSchema.transform(withDefaults);
