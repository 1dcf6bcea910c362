import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Version of the package, from the package.json above this code, be it compiled or not. */
export function packageVersion(): string {
  const places = [
    join(__dirname, "../../../package.json"),
    join(__dirname, "../../../../package.json"),
  ];
  const file = places.find((path) => existsSync(path)) ?? "";
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version;
}
