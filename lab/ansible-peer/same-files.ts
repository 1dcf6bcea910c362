import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LabHost } from "../machine/host";
import type { HostText } from "./texts";

/** How the files on a host differ from what the component says; whoever wrote them. */
export function differences(
  host: Pick<LabHost, "name" | "root">,
  texts: readonly HostText[],
): string[] {
  return texts.flatMap(({ path, content, mode }) => {
    const file = join(host.root, path);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return [`${host.name}: ${path} is not there`];
    const found = `0${(stat.mode & 0o777).toString(8)}`;
    return [
      ...(readFileSync(file, "utf8") === content ? [] : [`${host.name}: ${path} has another text`]),
      ...(found === mode ? [] : [`${host.name}: ${path} has mode ${found}, expected ${mode}`]),
    ];
  });
}
