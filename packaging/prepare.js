// npm runs this after an installation in a clone and before a package is packed, also of a git
// address. Work in a clone runs the sources, so whoever installs for that spares itself the build.
if (process.env.HOMELAB_NO_BUILD === undefined) {
  const { spawnSync } = require("node:child_process");
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
