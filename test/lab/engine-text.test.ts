import { expect, test } from "vitest";
import { engineText } from "../../lab/pair/engine-text";

test("keeps what went wrong of a failed up, without the scripts", () => {
  const output = `code: -2
Updating (lab):

 +  command:remote:Command edge-a-check created (0.3s)
 +  command:remote:Command edge-a-conf creating (0s) error: Process exited with status 1: running "set -eu\\nfail \\"x\\"\\n":
Diagnostics:
  command:remote:Command (edge-a-conf):
    error: Process exited with status 1: running "set -eu\\nfail \\"x\\"\\n":
    a: /etc/keepalived/keepalived.conf: its daemon refuses the new text; the old file stays

  pulumi:pulumi:Stack (homelab-lab-lab):
    error: update failed

Resources:
    + 31 created
`;
  expect(engineText(output)).toMatchInlineSnapshot(`
    "  command:remote:Command (edge-a-conf):
        error: Process exited with status 1
        a: /etc/keepalived/keepalived.conf: its daemon refuses the new text; the old file stays"
  `);
});

test("keeps which file a script was writing, for a host that said nothing more", () => {
  const output = `Diagnostics:
  command:remote:Command (edge-a-conf):
    error: wait: remote command exited without exit status or exit signal: running "# file /etc/a.conf on a, sha256 00\\nset -eu\\n":

Resources:
`;
  expect(engineText(output)).toMatchInlineSnapshot(`
    "  command:remote:Command (edge-a-conf):
        error: wait: remote command exited without exit status or exit signal: file /etc/a.conf on a"
  `);
});

test("keeps everything of an output that it does not know", () => {
  expect(engineText("found no stack")).toBe("found no stack");
});
