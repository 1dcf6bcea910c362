import fc from "fast-check";
import { expect, test } from "vitest";
import { findingText } from "../../model/finding";
import { judgePassword, judgeShared } from "../../model/secrets-check";

const strong = "9f2c71d0a4b85e36c1d7";

const sentences = (name: string, value: string) => judgePassword(name, value).map(findingText);

test("accepts random passwords", () => {
  for (const value of [
    strong,
    "correct horse battery staple",
    "Xk7#pQ2!vL9z",
    "adminer-8f2c71d0",
  ]) {
    expect(judgePassword("api", value)).toEqual([]);
  }
});

test("rejects an empty password", () => {
  expect(sentences("api", "")).toMatchInlineSnapshot(`
    [
      "the password "api" is empty; set a random one, for example from \`openssl rand -hex 24\`",
    ]
  `);
  expect(judgePassword("api", "   ")).toHaveLength(1);
});

test("rejects a short password", () => {
  expect(sentences("api", "Xk7#pQ2!vL9")).toMatchInlineSnapshot(`
    [
      "the password "api" has fewer than 12 characters; set a random one, for example from \`openssl rand -hex 24\`",
    ]
  `);
  expect(judgePassword("keepalived auth_pass", "Xk7#pQ2!", 8)).toEqual([]);
});

test("rejects a well-known default", () => {
  expect(sentences("api", "admin")).toMatchInlineSnapshot(`
    [
      "the password "api" is a well-known default or one with decoration; set a random one, for example from \`openssl rand -hex 24\`",
    ]
  `);
});

test.each([
  "password",
  "haproxy",
  "secret",
  "letmein",
  "changeme",
  "trustno1",
  "Password2024!!",
  "p@ssw0rd-p@ssw0rd",
  "admin-password",
  "adminadminadmin",
  "changeme123456",
  "traefik.secret.2025",
])("rejects the default %s", (value) => {
  expect(sentences("api", value)[0]).toMatch(/well-known default/);
});

test.each([
  "1111",
  "111111111111",
  "12345",
  "123456789012",
  "987654321098",
  "abababababab",
  "abcdefghijklmnop",
  "qwertyuiop12345".slice(0, 10),
])("rejects the row %s", (value) => {
  expect(sentences("api", value)).toHaveLength(1);
});

test("rejects the name of the user or of what it opens", () => {
  expect(
    sentences("haproxy statistics user lakehouse-operator", "Lakehouse-Operator"),
  ).toMatchInlineSnapshot(`
    [
      "the password "haproxy statistics user lakehouse-operator" is the name of its own user or service; set a random one, for example from \`openssl rand -hex 24\`",
    ]
  `);
  expect(judgePassword("kubernetes-api", "kubernetes-api")).toHaveLength(1);
});

test("rejects one password for two things, once", () => {
  const passwords = ["api", "edge", "lab"].map((name) => ({ name, value: strong }));
  expect(judgeShared(passwords.slice(0, 2)).map(findingText)).toMatchInlineSnapshot(`
    [
      ""api" and "edge" have the same password, so whoever knows one has both; set a random one for each, for example from \`openssl rand -hex 24\`",
    ]
  `);
  expect(judgeShared(passwords).map(findingText)).toMatchInlineSnapshot(`
    [
      ""api", "edge" and "lab" have the same password, so whoever knows one has all; set a random one for each, for example from \`openssl rand -hex 24\`",
    ]
  `);
});

test("accepts different passwords, the same thing named twice, and nothing where none is set", () => {
  expect(
    judgeShared([
      { name: "api", value: strong },
      { name: "api", value: strong },
      { name: "edge", value: `${strong}1` },
      { name: "lab", value: "" },
      { name: "home", value: "" },
    ]),
  ).toEqual([]);
});

test("never shows the value", () => {
  const value = fc.string({ minLength: 6, maxLength: 30 }).filter((text) => text.trim() !== "");
  fc.assert(
    fc.property(value, (secret) => {
      const found = [
        ...judgePassword("n", secret),
        ...judgeShared([
          { name: "m", value: secret },
          { name: "n", value: secret },
        ]),
      ];
      expect(found.length).toBeGreaterThan(0);
      // The sentences are the same whatever the value is, so they cannot hold it.
      for (const { message, fix, path } of found) {
        expect([
          'the password "n" has fewer than 12 characters',
          'the password "n" is a well-known default or one with decoration',
          'the password "n" is a repetition or a row of keys',
          '"m" and "n" have the same password, so whoever knows one has both',
        ]).toContain(message);
        expect(fix).toMatch(/^set a random one/);
        expect(path).toEqual(["n"]);
      }
    }),
  );
});
