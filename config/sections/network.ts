import { z } from "zod";
import { hostKeyMistake } from "../../model/host/host-key";
import { GUEST_NAME, NODE_NAME, STORAGE_ID } from "../../model/names";
import { canonicalAddress, familyOf } from "../../model/network/address";
import {
  canonicalNetwork,
  canonicalRange,
  isNetwork,
  isPrefixed,
  isRange,
  isUsable,
} from "../../model/network/stated-address";
import { calendarEventMistake } from "../../model/storage/calendar-event";
import {
  address6Fix,
  addressFix,
  network6Fix,
  networkFix,
  prefixFix,
  range6Fix,
  rangeFix,
} from "../file/address-fixes";
import { hostnameFix, nameFix, numberFix } from "../file/fixes";

/** Shows a refused value inside a message without letting a huge one flood it. */
export function shown(value: unknown): string {
  const none = value === undefined || value === null;
  const text = none ? "nothing" : (yamlNumber(value) ?? JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Numbers that JSON does not have, as YAML writes them. */
function yamlNumber(value: unknown): string | undefined {
  if (typeof value !== "number" || Number.isFinite(value)) return undefined;
  if (Number.isNaN(value)) return ".nan";
  return value > 0 ? ".inf" : "-.inf";
}

/** The sentence for a refused value; a missing one is added rather than corrected. */
function refused(input: unknown, allowed: string, fix: string): string {
  if (input === undefined) return `missing, expected ${allowed}; add it`;
  if (input === null) return `found nothing, expected ${allowed}; write it behind the colon`;
  return `found ${shown(input)}, expected ${allowed}; ${fix}`;
}

function text(
  allowed: string,
  fix: string | ((input: unknown) => string),
  accepts: (value: string) => boolean,
) {
  const error = ({ input }: { input?: unknown }) =>
    refused(input, allowed, typeof fix === "string" ? fix : fix(input));
  return z.string({ error }).refine(accepts, { error });
}

function whole(allowed: string, fix: string, min: number, max: number) {
  const error = ({ input }: { input?: unknown }) =>
    refused(input, allowed, numberFix(input, fix, min));
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** An address of a host, IPv4 or IPv6, kept in one spelling. */
export const ipAddress = text("an IPv4 or IPv6 address", addressFix, isUsable).overwrite(
  canonicalAddress,
);

/** The IPv6 address of a host that has an IPv4 one as well. */
export const ipv6 = text(
  "an IPv6 address",
  address6Fix,
  (value) => isUsable(value) && familyOf(value) === 6,
)
  .overwrite(canonicalAddress)
  .meta({ examples: ["fd00:1::110"] });

/** A network of either family, e.g. `192.168.1.0/24`; the host part must be zero. */
export const cidr = text("a network whose host part is zero", networkFix, isNetwork)
  .overwrite(canonicalNetwork)
  .meta({ examples: ["192.168.1.0/24", "fd00:1::/64"] });

/** The IPv6 network beside an IPv4 one. */
export const cidr6 = text(
  "an IPv6 network whose host part is zero",
  network6Fix,
  (value) => isNetwork(value) && familyOf(value) === 6,
)
  .overwrite(canonicalNetwork)
  .meta({ examples: ["fd00:1::/64"] });

/** An address with the prefix length of its network, e.g. `192.168.1.101/24`. */
export const addressPrefix = text(
  "an IPv4 or IPv6 address with its prefix length",
  prefixFix,
  isPrefixed,
)
  .overwrite(canonicalNetwork)
  .meta({ examples: ["192.168.1.101/24", "fd00:1::101/64"] });

/** An IPv6 address with the prefix length of its network, e.g. `fd00:1::101/64`. */
export const ipv6Prefix = text(
  "an IPv6 address with its prefix length",
  "write e.g. fd00:1::101/64",
  (value) => isPrefixed(value) && familyOf(value) === 6,
).meta({ examples: ["fd00:1::101/64"] });

/** An inclusive range of addresses of one family, e.g. `10.0.20.200-10.0.20.220`. */
export const addressRange = text("an ascending range of addresses", rangeFix, isRange)
  .overwrite(canonicalRange)
  .meta({ examples: ["10.0.20.200-10.0.20.220", "fd00:20::200-fd00:20::220"] });

/** The range of IPv6 addresses beside one of IPv4. */
export const addressRange6 = text(
  "an ascending range of IPv6 addresses",
  range6Fix,
  (value) => isRange(value) && value.includes(":"),
)
  .overwrite(canonicalRange)
  .meta({ examples: ["fd00:20::200-fd00:20::220"] });

/** A DNS host name; the first label may be `*` where a wildcard makes sense. */
export const hostname = text(
  "a DNS host name without scheme, port or path",
  hostnameFix,
  (value) =>
    value.length <= 253 &&
    // An address is no name.
    !/(^|\.)\d+$/.test(value) &&
    /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(
      value,
    ),
).meta({ examples: ["grafana.internal.example.org"] });

/** A name used as a key and in resource names: letters, digits and hyphens, lower case. */
export const name = text(
  "a name of lower-case letters, digits and hyphens that starts with a letter",
  nameFix,
  (value) => /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
);

/** A node, a storage or a guest by the name that Proxmox has for it. */
export const nodeName = text(
  "a node name of letters, digits and hyphens, as Proxmox has it",
  "copy it from `pvecm nodes`",
  (value) => NODE_NAME.test(value),
).meta({ examples: ["pve1"] });

export const storageId = text(
  "a storage id that begins with a letter, of letters, digits and - _ .",
  "copy it from `pvesm status`",
  (value) => STORAGE_ID.test(value),
).meta({ examples: ["local-zfs"] });

export const guestName = text(
  "a guest name of letters, digits, hyphens and dots, as Proxmox has it",
  "copy it from the output of `qm list` or `pct list`",
  (value) => GUEST_NAME.test(value),
).meta({ examples: ["traefik-2"] });

/** A network interface as the kernel names it, at most 15 characters. */
export const interfaceName = text(
  "a network interface name of at most 15 letters, digits and _ . -",
  "use the name that `ip link` shows, e.g. eth0",
  // The kernel takes neither `/` nor `:`; a leading `-` or `.` would mean something to programs.
  (value) => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(value),
).meta({ examples: ["eth0"] });

/** A user of a host, as POSIX takes it; a leading hyphen would be an option of ssh. */
export const userName = text(
  "a user name of at most 32 letters, digits and _ . - that starts with a letter or _",
  "write e.g. root",
  (value) => /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(value),
);

/** An absolute path of a file on the machine that runs a command. */
export const absolutePath = text(
  "an absolute path without spaces or quotes",
  "write e.g. /etc/traefik",
  (value) => /^\/[A-Za-z0-9_./-]*$/.test(value) && !value.split("/").includes(".."),
);

/** A TCP or UDP port. */
export const port = whole("a port from 1 to 65535", "choose a free port", 1, 65535);

/** `host:port`, as Prometheus writes a target. */
export const hostPort = text("host:port", "write e.g. 192.168.1.5:9100", (value) => {
  const [, digits = "0"] =
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?:(\d{1,5})$/.exec(value) ?? [];
  return Number(digits) >= 1 && Number(digits) <= 65_535;
});

/** Address of something on the web that is no secret. */
export const url = text(
  "a URL without a password",
  "write e.g. http://192.168.1.5:8080/alerts",
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, username, password } = new URL(value);
    return /^https?:$/.test(protocol) && username === "" && password === "";
  },
);

/** VRRP virtual router id; unique on its network segment. */
export const virtualRouterId = whole(
  "a virtual router id from 1 to 255",
  "choose one that no other router on the segment uses",
  1,
  255,
);

/** VRRP priority; 255 is reserved for the owner of the address, and keepalived never lowers it. */
export const priority = whole(
  "a VRRP priority from 1 to 254",
  "give the preferred member the highest, e.g. 200 and 100",
  1,
  254,
);

/** Proxmox guest id. */
export const vmid = whole(
  "a VMID from 100 to 999999999",
  "use the id that Proxmox shows for the guest",
  100,
  999_999_999,
);

/** Public SSH host key, pinned so that nobody can stand in for the host. */
export const hostKey = z
  .string({ error: (issue) => refused(issue.input, "a public SSH host key", "put it in quotes") })
  .refine((value) => hostKeyMistake(value) === undefined, {
    error: (issue) =>
      `found ${shown(issue.input)}, expected a public SSH host key such as \`ssh-ed25519 AAAA...\`, but ${hostKeyMistake(String(issue.input))}; take the line that \`ssh-keyscan -t ed25519 HOST\` prints, without the host name, and compare it on the host's console`,
  })
  .meta({ examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI..."] });

/** When a job of Proxmox runs. */
export const calendarEvent = z
  .string({ error: (issue) => refused(issue.input, "a calendar event", 'write e.g. "02:00"') })
  .refine((value) => calendarEventMistake(value) === undefined, {
    error: (issue) =>
      `found ${shown(issue.input)}, expected a calendar event of Proxmox, [WEEKDAY] [[YEARS-]MONTHS-DAYS] [HOURS:MINUTES], but ${calendarEventMistake(String(issue.input))}; write e.g. 02:00, sat 18:15 or mon..fri 22:30`,
  })
  .meta({ examples: ["sat 18:15"] });

/** Seconds, fractions allowed. */
export function seconds(min: number, max: number) {
  const error = (issue: { input?: unknown }) =>
    refused(
      issue.input,
      `a number of seconds from ${min} to ${max}`,
      typeof issue.input === "string"
        ? numberFix(issue.input, `write ${Math.max(min, 1)}`)
        : `write a number from ${min} to ${max}`,
    );
  return z.number({ error }).min(min, { error }).max(max, { error });
}

/** A whole number in a range, with a message that says what it is for. */
export function count(what: string, min: number, max: number) {
  return whole(
    `${what} from ${min} to ${max}`,
    `write a whole number from ${min} to ${max}`,
    min,
    max,
  );
}
