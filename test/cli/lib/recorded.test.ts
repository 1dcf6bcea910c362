import { expect, test } from "vitest";
import { stateSchema } from "../../../cli/commands/recover/state";
import { recorded, recordedOrNone } from "../../../cli/lib/recorded";

const resource = { urn: "urn:pulumi:a", type: "t", custom: true, inputs: { a: [1] } };

test("a state is read whole: what no command looks at is written back as it was", () => {
  const state = {
    version: 3,
    deployment: {
      manifest: { version: "v3.230.0" },
      secrets_providers: { type: "passphrase" },
      resources: [resource],
      pending_operations: [{ type: "creating", resource, more: null }],
    },
  };
  expect(recorded(stateSchema, JSON.stringify(state), "state")).toEqual(state);
});

test("rejects what is damaged in one line that names the place", () => {
  const messages = ["", "{", "[]", '{"version":3,"deployment":{"resources":[{"urn":1}]}}'].map(
    (text) => {
      try {
        return recorded(stateSchema, text, "lock.json");
      } catch (error) {
        return String(error);
      }
    },
  );
  expect(messages).toMatchInlineSnapshot(`
    [
      "Error: lock.json: Invalid input: expected object, received undefined; it is damaged, or of another version",
      "Error: lock.json: Invalid input: expected object, received undefined; it is damaged, or of another version",
      "Error: lock.json: Invalid input: expected object, received array; it is damaged, or of another version",
      "Error: lock.json: deployment.resources.0.urn: Invalid input: expected string, received number; it is damaged, or of another version",
    ]
  `);
  expect(messages.filter((text) => String(text).includes("\n"))).toEqual([]);
});

test("what may be damaged without harm is nothing then", () => {
  expect(recordedOrNone(stateSchema, "{")).toBeUndefined();
  expect(recordedOrNone(stateSchema, '{"version":3,"deployment":{}}')).toEqual({
    version: 3,
    deployment: {},
  });
});
