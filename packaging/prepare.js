// Makes the package where it is packed: by `npm pack`, and by whoever installs it from a git address.
// npm runs this as well after an installation in a clone, and when `npx homelab` is first used in one
// (npm links the clone into its cache then): there the sources run as they are.
const {
  npm_command: command,
  npm_lifecycle_event: event,
  npm_package_resolved: resolved,
} = process.env;

/** npm packs a folder and says where it is, also within the installation of another package. */
const links = command === "exec" && (resolved ?? "null") === "null";
const packs = !links && (resolved !== undefined || !["ci", "install"].includes(command ?? ""));
/** npm has `prepare` after it; other package managers have this one alone. */
const again = event === "prepack" && ["pack", "publish"].includes(command ?? "");

if (packs && !again) {
  const { spawnSync } = require("node:child_process");
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
