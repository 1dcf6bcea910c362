import { z } from "zod";
import { foreign } from "../../model/foreign-text";

// Proxmox is Perl: numbers come as strings or as numbers, truth as 0/1, and what is not set is absent.

/** A number, or its text. */
export const number = z
  .union([z.number(), z.string().regex(/^\s*-?\d+(\.\d+)?\s*$/)])
  .transform(Number);

/** Truth as Proxmox writes it. */
export const flag = z
  .union([
    z.boolean(),
    z.number(),
    z.enum(["", "0", "1", "true", "false", "yes", "no", "on", "off"]),
  ])
  .transform((value) => [true, 1, "1", "true", "yes", "on"].includes(value));

/** A text in one line; what looks like a number may come as one. Descriptions of guests are no such text. */
export const text = z
  .union([z.string(), z.number()])
  .transform((value) => foreign(String(value), 2000));

/** What no name, id or type of Proxmox has in it; a shell would read it otherwise. */
const plainWord = /^[\w@%+=:,./-]*$/;

const noWord = ({ input }: { input?: unknown }) =>
  `found ${JSON.stringify(foreign(String(input), 80))}, expected a name as Proxmox takes it`;

/**
 * A name or id by which Proxmox knows something. It stands in commands that people copy, so one with a
 * blank, a quote or anything else that Proxmox itself refuses is no answer of Proxmox.
 */
export const word = text.refine((value) => plainWord.test(value), { error: noWord });

/** A list in one text: `a,b`, `a;b` or `a b`. */
export const list = z.union([z.string(), z.number(), z.null()]).transform((value) =>
  String(value ?? "")
    .split(/[,;\s]+/)
    .map((entry) => foreign(entry))
    .filter(Boolean),
);

/** The same of names and ids. */
export const words = list.refine((entries) => entries.every((one) => plainWord.test(one)), {
  error: noWord,
});

/** Nodes with priorities, `a:2,b`; a node without one has 0 (pve-ha-manager, HA/Tools.pm). */
export const priorities = words.transform((entries) => ({
  nodes: Object.fromEntries(
    entries.map((entry) => {
      const [node = "", priority = "0"] = entry.split(":");
      return [node, Number(priority)] as const;
    }),
  ),
  unranked: entries.filter((entry) => !entry.includes(":")),
}));
