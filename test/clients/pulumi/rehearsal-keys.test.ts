import { expect, test } from "vitest";
import { rehearsalKeys } from "../../../clients/pulumi/rehearsal-keys";

async function ask(path: string, body: string, token?: string) {
  const keys = await rehearsalKeys();
  const response = await fetch(`${keys.VAULT_SERVER_URL}${path}`, {
    method: "PUT",
    headers: { "x-vault-token": token ?? keys.VAULT_SERVER_TOKEN ?? "" },
    body,
  });
  return { status: response.status, ...((await response.json()) as { data: unknown }) };
}

test("a key comes back as it was wrapped, from a service that is started once", async () => {
  const { data } = await ask("/v1/transit/encrypt/rehearsal", '{"plaintext":"a2V5"}');
  expect(await ask("/v1/transit/decrypt/rehearsal", JSON.stringify(data))).toEqual({
    status: 200,
    data: { plaintext: "a2V5" },
  });
  expect(await rehearsalKeys()).toBe(await rehearsalKeys());
});

test.each([
  ["another's token", "/v1/transit/encrypt/rehearsal", '{"plaintext":"a2V5"}', "guess", 403],
  ["another path", "/v1/secret/data/x", '{"plaintext":"a2V5"}', undefined, 400],
  ["no JSON", "/v1/transit/decrypt/rehearsal", "{", undefined, 400],
  ["a number", "/v1/transit/decrypt/rehearsal", '{"ciphertext":1}', undefined, 400],
  ["a foreign key", "/v1/transit/decrypt/rehearsal", '{"ciphertext":"k8s:1"}', undefined, 400],
])("rejects %s", async (_what, path, body, token, status) => {
  expect(await ask(path, body, token)).toEqual({ status, data: {} });
});
