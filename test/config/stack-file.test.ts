import { expect, test } from "vitest";
import { problemText } from "../../config/problem";
import { parseStackFile, readStackFile } from "../../config/stack-file";
import { stackText } from "../support/stacks";

test("knows the line of a place, and of the nearest place above one that is missing", () => {
  const text = stackText("homelab");
  const file = readStackFile(text);
  const line = (needle: string) => text.split("\n").findIndex((row) => row.includes(needle)) + 1;
  expect(file.lineOf(["traefikPairs", "traefik", "check", "weight"])).toBe(line("weight: -120"));
  expect(file.lineOf(["cluster", "controlNode"])).toBe(line("controlNode:"));
  expect(file.lineOf(["guests", "traefik", "vmd"])).toBe(line("vmid: 110"));
});

test("sees that a secret is set without reading it", () => {
  const file = readStackFile(
    "config:\n  homelab:secrets:\n    statsPasswords:\n      api: { secure: AAAB }\n",
  );
  expect(file.hasSecret(["statsPasswords", "api"])).toBe(true);
  expect(file.hasSecret(["statsPasswords", "other"])).toBe(false);
  expect(file.data).toEqual({});
});

test("rejects a file that is not YAML with its line", () => {
  const { parsed } = parseStackFile("config:\n  homelab:cluster: {\n");
  expect(parsed).toMatchInlineSnapshot(`
    {
      "problems": [
        {
          "message": "Flow map in block collection must be sufficiently indented and end with a } at line 3, column 1:",
          "path": [],
          "severity": "error",
        },
      ],
    }
  `);
});

test("rejects a secret in plain text without showing it, and a name that is no secret", () => {
  const { parsed } = parseStackFile(
    `${stackText("matrix")}
  homelab:secrets:
    sshPrivateKey: hunter2-hunter2
    statsPassword: { k8s-api: { secure: AAAB } }
`,
  );
  const problems = "problems" in parsed ? parsed.problems : [];
  expect(problems.map(problemText)).toMatchInlineSnapshot(`
    [
      "homelab:secrets.statsPassword: unknown key "statsPassword"; did you mean "statsPasswords"?",
      "homelab:secrets.sshPrivateKey: stands in plain text (not shown here), expected an encrypted value; make a new one, because this one was readable, and run: pulumi config set --secret --path 'homelab:secrets.sshPrivateKey' VALUE",
    ]
  `);
});

test("reads merge keys as Pulumi does", () => {
  const { data } = readStackFile(
    "config:\n  homelab:guests:\n    a: &a { vmid: 100, type: ct }\n    b: { <<: *a, vmid: 101 }\n",
  );
  expect(data).toEqual({
    guests: { a: { vmid: 100, type: "ct" }, b: { vmid: 101, type: "ct" } },
  });
});
