import { word } from "../text";
import type { MemberPaths } from "./kept-paths";

/**
 * Prints what is kept of a member, and changes nothing:
 *
 * - `none` when there is nothing,
 * - `same` when its checksum is the one that is known,
 * - else `sum <checksum>`, a tar archive in base64, and `end <checksum> <exit code of tar>`, where
 *   another checksum says that something was changed meanwhile.
 *
 * The variable is for tests, which must not read where a host does.
 *
 * @param known checksum of the newest archive. @default there is none
 */
export function backupScript({ files, directories }: MemberPaths, known?: string): string {
  const paths = [...files, ...directories].map((path) => word(path.slice(1), "path"));
  return `set -eu
export LC_ALL=C
cd "\${HOMELAB_HA_ROOT:-}/"
set --
for path in ${paths.join(" ")}; do
  if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"; fi
done
[ $# -gt 0 ] || { echo none; exit 0; }
# Kinds, modes, owners and contents; a time alone makes no other archive.
sum() {
  {
    find "$@" -printf '%y %m %U:%G %p %l\\n' | sort
    find "$@" -type f -print0 | sort -z | xargs -0 -r sha256sum
  } | sha256sum | cut -d ' ' -f 1
}
before=$(sum "$@")
[ "$before" != ${word(known ?? "-", "checksum")} ] || { echo same; exit 0; }
echo "sum $before"
exec 4>&1
status=$({ { tar --create --format=posix --hard-dereference --numeric-owner --file=- -- "$@" && echo 0 >&3 || echo $? >&3; } | base64 >&4; } 3>&1)
echo "end $(sum "$@") $status"
`;
}

/** What `backupScript` printed. */
export type BackupAnswer =
  | { kind: "none" }
  | { kind: "same" }
  | { kind: "changing" }
  | { kind: "archive"; sum: string; archive: Buffer };

/** Reads what `backupScript` printed; undefined for what it never prints. */
export function readBackupAnswer(printed: string): BackupAnswer | undefined {
  const lines = printed.split("\n").filter((line) => line !== "");
  const [first = ""] = lines;
  const last = lines.at(-1) ?? "";
  if (lines.length === 1 && (first === "none" || first === "same")) return { kind: first };
  const begin = /^sum ([0-9a-f]{64})$/.exec(first)?.[1];
  const [, end, status] = /^end ([0-9a-f]{64}) (\d+)$/.exec(last) ?? [];
  if (begin === undefined || end === undefined) return undefined;
  // tar says 1 for a file that changed while it was read.
  if (end !== begin || status === "1") return { kind: "changing" };
  if (status !== "0") return undefined;
  const body = lines.slice(1, -1).join("");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  return { kind: "archive", sum: begin, archive: Buffer.from(body, "base64") };
}
