import { listed } from "../text";
import type { AddressReading } from "./address-reading";
import type { StatusItem } from "./types";

/** A file as the last `up` put it on a host. */
export interface DeployedFile {
  host: string;
  path: string;
  /** SHA-256 in hexadecimal. */
  sha256: string;
  /** Its resource in the state. */
  urn: string;
}

/** What the last `up` put on hosts, or why that is not known. */
export type DeployedFiles =
  | {
      files: DeployedFile[];
      /** Files whose checksum the state keeps secret. */
      secret: number;
    }
  | { unknown: string };

const SUBJECT = "files";

/** A URN comes from the state; only one that no shell reads as anything else stands in a command. */
const taint = (urn: string) =>
  /^[\w:./$@+-]+$/.test(urn)
    ? `pulumi state taint '${urn}' --yes`
    : "pulumi state taint with its URN, which `pulumi stack --show-urns` shows";

/**
 * Which files of the members are no longer as the last `up` left them. Only files that a member told
 * of are compared: one that never changed since its first deployment has no history there.
 */
export function judgeFiles(
  deployed: DeployedFiles,
  readings: readonly AddressReading[],
): StatusItem[] {
  const members = readings.flatMap((reading) => reading.members);
  if (members.length === 0) return [];
  if ("unknown" in deployed) {
    return [
      {
        level: "unknown",
        subject: SUBJECT,
        text: `not compared with the last \`up\`: ${deployed.unknown}`,
      },
    ];
  }
  const compared = members.flatMap(({ name, files = [] }) =>
    deployed.files.flatMap(({ host, path, sha256, urn }) => {
      const found = host === name ? files.find((file) => file.path === path) : undefined;
      return found === undefined ? [] : [{ name, path, urn, found: found.sha256, sha256 }];
    }),
  );
  const changed = compared.filter(({ found, sha256 }) => found !== sha256);
  const items = members.flatMap(({ name }): StatusItem[] => {
    const own = changed.filter((one) => one.name === name);
    const [first] = own;
    if (!first) return [];
    const words = own.map(({ path, found }) => `${path}${found === undefined ? " (gone)" : ""}`);
    return [
      {
        level: "warning",
        subject: name,
        text: `not as the last \`up\` left it: ${listed(words, 6)}`,
        fix: `take the change into the stack file, or have it written again: ${taint(first.urn)}, ${own.length > 1 ? "the same for each, " : ""}then pulumi up`,
      },
    ];
  });
  const secret = deployed.secret === 0 ? "" : `; ${deployed.secret} with a secret not compared`;
  const rest = deployed.files.length - compared.length;
  const untold = rest === 0 ? "" : `, ${rest} more not told by their hosts`;
  if (items.length > 0) return items;
  if (compared.length === 0) {
    const text = `no member told of its files, so none was compared with the last \`up\`${secret}`;
    return [{ level: "unknown", subject: SUBJECT, text }];
  }
  return [
    {
      level: "ok",
      subject: SUBJECT,
      text: `${compared.length} files are as the last \`up\` left them${untold}${secret}`,
    },
  ];
}
