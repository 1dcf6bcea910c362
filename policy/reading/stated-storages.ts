import type { GuestDisk } from "../../model/storage/storage";
import type { RuleConfig, RuleConfigSchema } from "../rule";

/** What the pack's configuration may state of storages: their kind by name. */
export type StatedStorages = Record<string, GuestDisk["kind"]>;

/** Kinds of storages that a stack does not declare, in the configuration of `ha-local-disk`. */
export const storagesConfig: RuleConfigSchema = {
  properties: {
    storages: {
      type: "object",
      description:
        'kind of each storage that the stack does not declare, by name: "ceph", "shared", "zfs" or "local"',
      additionalProperties: { type: "string", enum: ["ceph", "shared", "zfs", "local"] },
    },
  },
};

/** What the pack's configuration states of storages. */
export function statedStorages(config: RuleConfig | undefined): StatedStorages {
  const kinds = ["ceph", "shared", "zfs", "local"] as const;
  return Object.fromEntries(
    Object.entries(config?.storages ?? {}).flatMap(([name, stated]) => {
      const kind = kinds.find((known) => known === stated);
      return kind === undefined ? [] : [[name, kind]];
    }),
  );
}
