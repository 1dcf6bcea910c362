import { isSince, SCRIPT_USER } from "./host";
import type { Conf, ScriptBlock } from "./state";

/**
 * Whether keepalived throws a script away where `/bin` and `/sbin` are links: from 2.3 on it runs
 * nothing as root whose path leads over a link to a folder. Seen with 2.3.4 and 2.4.3.
 */
export function isNeverRun({ command, user }: ScriptBlock, conf: Conf): boolean {
  const { globals, host } = conf;
  const standard = host.hasUser?.(SCRIPT_USER) === true ? SCRIPT_USER : "root";
  return (
    isSince("2.3", host) &&
    (user ?? globals.scriptUser ?? standard) === "root" &&
    /^\/s?bin\//.test(command[0] ?? "")
  );
}
