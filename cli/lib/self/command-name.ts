import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** How this program is called here: by its name where a shell finds it, else through npx. */
export function commandName(
  path = process.env.PATH ?? "",
  compiled = __filename.endsWith(".js"),
): string {
  // npm puts folders of its own in front for what it runs; a shell does not have them later.
  const folders = path
    .split(delimiter)
    .filter((one) => one !== "" && !/node_modules|_npx/.test(one));
  const found = compiled && folders.some((folder) => existsSync(join(folder, "homelab")));
  return found ? "homelab" : "npx homelab";
}

/** A text for people, in which every command of this program is written as it works here. */
export function runnable(text: string, name = commandName()): string {
  return name === "homelab" ? text : text.replace(/(`|: )homelab (?=[a-z])/g, `$1${name} `);
}
