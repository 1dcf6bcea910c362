import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installTraefik } from "../../../templates/host/install";

const [amd64, arm64] = ["a".repeat(64), "b".repeat(64)];

/** Runs the start of the script, up to the download, on a host with this processor; says what it would fetch. */
function fetched(release: Parameters<typeof installTraefik>[0], machine: string) {
  const bin = mkdtempSync(join(tmpdir(), "traefik-install-"));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  const program = (name: string, body: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program("uname", `echo ${machine}`);
  // The URL is the last argument; nothing is fetched.
  program("curl", 'for url; do :; done; echo "fetched $(basename "$url")" >&2; exit 22');
  const { status, stderr } = spawnSync("sh", ["-c", installTraefik(release)], {
    env: { PATH: `${bin}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  return { status, said: stderr.trim() };
}

test.each([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
])("on %s the archive for %s is fetched", (machine, archive) => {
  const release = { version: "3.5.0", sha256: amd64, sha256Arm64: arm64 };
  expect(fetched(release, machine)).toEqual({
    status: 22,
    said: `fetched traefik_v3.5.0_linux_${archive}.tar.gz`,
  });
});

test("a processor without a checksum is refused, with the key that is missing", () => {
  const release = { version: "3.5.0", sha256Arm64: arm64 };
  expect(fetched(release, "x86_64").said).toContain(
    "set traefik.sha256 to the checksum of the release for linux/amd64",
  );
  expect(fetched(release, "riscv64").said).toContain(
    "there is no checksum for the processor riscv64",
  );
});

test("the script of a release with one checksum asks for no processor, as it always did", () => {
  const script = installTraefik({ version: "3.5.0", sha256: amd64 });
  expect(script).not.toContain("uname");
  expect(script).toContain(`if [ "$found" != ${amd64} ]; then`);
  expect(script).toContain("_linux_amd64.tar.gz");
});
