import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { forgeOf } from "../../../clients/forge/forge";

const running: { close(): void }[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.close();
});

/** A forge that answers GET from fixed lists and writes down every other call. */
async function fakeForge(lists: Record<string, object[][]>) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://forge");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      if (request.method !== "GET") {
        calls.push(`${request.method} ${url.pathname} ${body}`);
        return response.end("{}");
      }
      if (url.pathname === "/user") return response.end(JSON.stringify({ id: 100, login: "us" }));
      const pages = lists[url.pathname];
      if (!pages) response.writeHead(404).end("no such list");
      else response.end(JSON.stringify(pages[Number(url.searchParams.get("page")) - 1] ?? []));
      return undefined;
    });
  }).listen(0, "127.0.0.1");
  running.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The account of the token. */
const us = { id: 100 };

const gitHub = (url: string) => ({
  GITHUB_REPOSITORY: "me/home",
  GITHUB_API_URL: url,
  GITHUB_TOKEN: "t",
  PULL_REQUEST: "7",
});
const gitLab = (url: string) => ({
  GITLAB_CI: "true",
  GITLAB_API_TOKEN: "t",
  CI_PROJECT_ID: "3",
  CI_API_V4_URL: url,
  CI_MERGE_REQUEST_IID: "7",
});
const notes = "/repos/me/home/issues/7/comments";

test("a report is commented once and then updated, even when the comment is on a later page", async () => {
  const first = await fakeForge({ [notes]: [[{ id: 1, body: "hello" }]] });
  expect(await forgeOf(gitHub(first.url)).comment("<!-- m -->", "<!-- m --> 1")).toBe(
    "comment written",
  );
  const again = await fakeForge({
    [notes]: [[{ id: 1, body: "hello" }], [{ id: 2, body: "<!-- m --> 1", user: us }]],
  });
  expect(await forgeOf(gitHub(again.url)).comment("<!-- m -->", "<!-- m --> 2")).toBe(
    "comment updated",
  );
  expect([...first.calls, ...again.calls]).toMatchInlineSnapshot(`
    [
      "POST /repos/me/home/issues/7/comments {"body":"<!-- m --> 1"}",
      "PATCH /repos/me/home/issues/comments/2 {"body":"<!-- m --> 2"}",
    ]
  `);
});

test("a forge that gives the whole list on every page is asked only twice", async () => {
  const same = [{ id: 1, body: "hello" }];
  const forge = await fakeForge({ [notes]: [same, same, same] });
  expect(await forgeOf(gitHub(forge.url)).comment("<!-- m -->", "x")).toBe("comment written");
});

test("drift opens an issue, updates it while it is open, and closes it when it is gone", async () => {
  const none = await fakeForge({ "/repos/me/home/issues": [[]] });
  const open = await fakeForge({
    "/repos/me/home/issues": [[{ id: 9, number: 4, title: "Drift", user: us }]],
  });
  expect(await forgeOf(gitHub(none.url)).openIssue("Drift", "a")).toBe("issue opened");
  expect(await forgeOf(gitHub(open.url)).openIssue("Drift", "b")).toBe("issue updated");
  expect(await forgeOf(gitHub(open.url)).closeIssue("Drift")).toBe("issue closed");
  expect(await forgeOf(gitHub(none.url)).closeIssue("Drift")).toBe("no issue to close");
  expect([...none.calls, ...open.calls]).toMatchInlineSnapshot(`
    [
      "POST /repos/me/home/issues {"title":"Drift","body":"a"}",
      "PATCH /repos/me/home/issues/4 {"body":"b"}",
      "PATCH /repos/me/home/issues/4 {"state":"closed"}",
    ]
  `);
});

test("GitLab gets the same through its own words", async () => {
  const forge = await fakeForge({
    "/projects/3/merge_requests/7/notes": [[{ id: 5, body: "<!-- m --> old", author: us }]],
    "/projects/3/issues": [[{ id: 9, iid: 2, title: "Drift", author: us }]],
  });
  const { comment, openIssue, closeIssue } = forgeOf(gitLab(forge.url));
  expect(await comment("<!-- m -->", "<!-- m --> new")).toBe("comment updated");
  expect(await openIssue("Drift", "b")).toBe("issue updated");
  expect(await openIssue("Other", "b")).toBe("issue opened");
  expect(await closeIssue("Drift")).toBe("issue closed");
  expect(forge.calls).toMatchInlineSnapshot(`
    [
      "PUT /projects/3/merge_requests/7/notes/5 {"body":"<!-- m --> new"}",
      "PUT /projects/3/issues/2 {"description":"b"}",
      "POST /projects/3/issues {"title":"Other","description":"b"}",
      "PUT /projects/3/issues/2 {"state_event":"close"}",
    ]
  `);
});

test("rejects a call that the forge refuses, without showing the token", async () => {
  const forge = await fakeForge({});
  await expect(
    forgeOf(gitHub(forge.url)).comment("m", "x"),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[Error: GET /issues/7/comments: 404 no such list]`);
});

test("rejects a run outside of CI", () => {
  expect(() => forgeOf({})).toThrowErrorMatchingInlineSnapshot(
    `[Error: GITHUB_REPOSITORY is not set, but it names the repository; run this in a CI job]`,
  );
  expect(() => forgeOf({ GITLAB_CI: "true" })).toThrowErrorMatchingInlineSnapshot(
    `[Error: GITLAB_API_TOKEN is not set, but a comment needs a project token with the scope api; run this in a CI job]`,
  );
});

test("rejects a forge that does not answer, in one line", async () => {
  const { url } = await fakeForge({});
  for (const server of running.splice(0)) server.close();
  const { port } = new URL(url);
  await expect(forgeOf(gitHub(url)).closeIssue("Drift")).rejects.toThrow(
    `the forge 127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
  expect(() => forgeOf(gitHub("github.internal"))).toThrowErrorMatchingInlineSnapshot(
    `[Error: found github.internal as the address of the API, expected e.g. https://api.github.com; run this in a CI job]`,
  );
});

test("rejects an address that is no API: a page, an object instead of a list", async () => {
  const page = createServer((request, response) => {
    response.end(request.url?.includes("comments") ? "<html>\n<p>Sign in</p>" : '{"ok":true}');
  }).listen(0, "127.0.0.1");
  running.push(page);
  await new Promise((resolve) => page.once("listening", resolve));
  const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  const reported = (call: Promise<unknown>) =>
    call.then(
      () => "done",
      (error: Error) => error.message.replaceAll(url, "URL"),
    );
  expect(await reported(forgeOf(gitHub(url)).comment("m", "x"))).toMatchInlineSnapshot(
    `"GET /issues/7/comments: found no JSON in the answer (<html> <p>Sign in</p>); check that URL is the address of the API"`,
  );
  expect(await reported(forgeOf(gitHub(url)).closeIssue("Drift"))).toMatchInlineSnapshot(
    `"GET /issues: found no list in the answer of the forge"`,
  );
});
