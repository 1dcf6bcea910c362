import { isIPv4 } from "node:net";
import { canonicalAddress, parseAddress } from "../network/address";
import { unsignedIn } from "./numbers";
import type { ConfAddress } from "./state";
import type { Statement } from "./stream";

/** The family of an address; undefined where it is none for keepalived. */
export function familyOf(text: string): 4 | 6 | undefined {
  return parseAddress(text)?.family;
}

/** An address without a range or prefix length behind it, as peers and sources are read. */
export function plainAddress(text: string): { address: string; family: 4 | 6 } | undefined {
  const cut = text.includes("-") ? text.indexOf("-") : text.indexOf("/");
  const bare = cut < 0 ? text : text.slice(0, cut);
  const family = familyOf(bare);
  return family === undefined ? undefined : { address: canonicalAddress(bare), family };
}

const withValue = new Set(["scope", "broadcast", "brd", "label", "peer", "preferred_lft", "dev"]);
const alone = new Set([
  "home",
  "-nodad",
  "mngtmpaddr",
  "noprefixroute",
  "autojoin",
  "no_track",
  "use_vmac",
]);

/**
 * The virtual address of a line, with its options.
 *
 * @param hasInterface whether the host has an interface; one that it has not is reported by the caller
 */
export function virtualAddress(
  item: Statement,
  hasInterface: (name: string) => boolean,
): ConfAddress | undefined {
  const [text = "", ...options] = item.words;
  const [bare = "", ...behind] = text.split("/");
  const family = familyOf(bare);
  const lost = (why: string, fix?: string) => {
    item.note(`loses the address "${text}": ${why}`, fix);
    return undefined;
  };
  if (family === undefined) return lost("it is no address", "correct it");
  const longest = family === 4 ? 32 : 128;
  const length = behind.length === 0 ? undefined : unsignedIn(behind.join("/"), 0, longest, true);
  const prefix = length?.taken ? length.value : longest;
  if (length && !length.clean) item.note(`reads "/${behind.join("/")}" as /${prefix}`);
  const address = canonicalAddress(bare);
  const found: ConfAddress = {
    address,
    prefix,
    family,
    text: length ? `${address}/${prefix}` : address,
  };
  for (let at = 0; at < options.length; at++) {
    const option = options[at] ?? "";
    if (alone.has(option)) continue;
    if (!withValue.has(option)) {
      const other = familyOf(option.split("/")[0] ?? "") !== undefined;
      item.note(
        other
          ? `loses "${option}": keepalived reads one address per line`
          : `has "${option}" behind an address, which is ignored`,
        other ? "write each address on a line of its own" : undefined,
      );
      continue;
    }
    const value = options[++at];
    if (value === undefined) return lost(`"${option}" has no value`, "write the value");
    const why = refusedOption(option, value, found, hasInterface);
    if (why !== undefined) return lost(why);
    if (option === "peer" && plainAddress(value) && !value.includes("/")) found.prefix = longest;
    if (option === "dev") found.device = value;
  }
  return found;
}

function refusedOption(
  option: string,
  value: string,
  found: ConfAddress,
  hasInterface: (name: string) => boolean,
): string | undefined {
  if (option === "dev") {
    if (found.device !== undefined) return "it names two devices";
    return hasInterface(value) ? undefined : `there is no interface "${value}"`;
  }
  if (option === "label" && value.length > 15) return `the label "${value}" is too long`;
  if (option !== "brd" && option !== "broadcast") return undefined;
  if (found.family === 6) return "IPv6 has no broadcast address";
  const known = value === "+" || value === "-" || isIPv4(value);
  return known ? undefined : `"${value}" is no broadcast address`;
}
