import type { TarEntry } from "../../../model/backup/tar";
import type { BackupKey } from "../../lib/backup/key";
import type { BackupTarget } from "../../lib/backup/targets";
import type { SshAccess } from "../../lib/members";

/** A member that is to be restored, and from what. */
export interface Restore {
  stack: string;
  target: BackupTarget;
  /** Every member of the same pair, the target included. */
  pair: readonly BackupTarget[];
  ssh: SshAccess;
  key: BackupKey;
  /** Folder of the stack's archives. */
  folder: string;
  /** Archive to take, as the person named it. @default the newest */
  from?: string;
  /** Key that the new host shows now. @default the pinned one */
  hostKey?: string;
  /** Whether a member that is healthy may be overwritten; asked only when it is. */
  overwrite: (what: string) => Promise<boolean>;
  progress(line: string): void;
  print(line: string): void;
}

/** Files of an archive, by what is done with them. */
export interface Parts {
  files: TarEntry[];
  hostKeys: TarEntry[];
  /** Lines of `authorized_keys` that let the first member copy. */
  lines: string[];
}
