import { expect, test } from "vitest";
import { problemText } from "../../config/file/problem";
import { parseStack } from "../../config/parse";
import { kubeadmStack } from "../support/kubeadm/stack";

type Create = Record<string, unknown>;

/** What is said of the machine "lb1" after a change. */
function problems(change: (guest: { type: string; create: Create }) => void): string[] {
  const stack = kubeadmStack();
  const data = Object.fromEntries(
    Object.entries(stack).map(([key, value]) => [key.slice("homelab:".length), value]),
  );
  change(stack["homelab:guests"].lb1 as unknown as { type: string; create: Create });
  const parsed = parseStack(data);
  return parsed.stack ? [] : parsed.problems.map(problemText);
}

test("machines from a cloud image pass", () => {
  expect(problems(() => {})).toEqual([]);
});

test("rejects machines that nobody could log in to, and containers made like machines", () => {
  const container = ({ create }: { create: Create }) => {
    create.template = "local:vztmpl/debian-13.tar.zst";
    delete create.sshKeys;
  };
  expect({
    "no key": problems(({ create }) => delete create.sshKeys),
    "a private key": problems(({ create }) => {
      create.sshKeys = ["-----BEGIN OPENSSH PRIVATE KEY-----"];
    }),
    "no key at all": problems(({ create }) => {
      create.sshKeys = ["me@desk"];
    }),
    "a container's template": problems(({ create }) => {
      create.template = "local:vztmpl/debian-13.tar.zst";
    }),
    "a container from an image, with keys": problems((guest) => {
      guest.type = "ct";
    }),
  }).toMatchInlineSnapshot(`
    {
      "a container from an image, with keys": [
        "homelab:guests.lb1.create.template: found "local:import/debian-13-genericcloud-amd64.qcow2", expected a template of a container; write e.g. local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
        "homelab:guests.lb1.create.sshKeys: only virtual machines get keys, since a change of them would replace a container; make them part of the template",
      ],
      "a container's template": [
        "homelab:guests.lb1.create.template: found "local:vztmpl/debian-13.tar.zst", expected a cloud image of the content type "import"; write e.g. local:import/debian-13-genericcloud-amd64.qcow2",
      ],
      "a private key": [
        "homelab:guests.lb1.create.sshKeys[0]: found a private key, expected a public one; take the file that ends in .pub, and replace a key that was shown to others",
      ],
      "no key": [
        "homelab:guests.lb1.create.sshKeys: missing, expected the public SSH keys of root: nobody could log in to the machine; add them",
      ],
      "no key at all": [
        "homelab:guests.lb1.create.sshKeys[0]: found "me@desk", expected a public SSH key such as \`ssh-ed25519 AAAA...\`; take the line of a file that ends in .pub",
      ],
    }
  `);
  expect(
    problems((guest) => {
      guest.type = "ct";
      container(guest);
    }),
  ).toEqual([]);
});
