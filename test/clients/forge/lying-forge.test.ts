import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { forgeOf } from "../../../clients/forge/forge";

/** A server that answers as a test wants, and notes what reached it. */
async function server(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const calls: string[] = [];
  const tokens: string[] = [];
  const listening = createServer((request, response) => {
    request.resume();
    calls.push(`${request.method} ${request.url}`);
    const { authorization, "private-token": own } = request.headers;
    tokens.push(String(authorization ?? own ?? ""));
    answer(request, response);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  await new Promise((resolve) => listening.once("listening", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return { url, calls, tokens };
}

const gitHub = (url: string) => ({
  GITHUB_REPOSITORY: "me/home",
  GITHUB_API_URL: url,
  GITHUB_TOKEN: "t",
  PULL_REQUEST: "7",
});
const forgejo = (url: string) => ({
  ...gitHub(`${url}/api/v1`),
  GITEA_ACTIONS: "true",
  FORGEJO_ACTIONS: "true",
});
const gitLab = (url: string) => ({
  GITLAB_CI: "true",
  GITLAB_API_TOKEN: "t",
  CI_PROJECT_ID: "3",
  CI_API_V4_URL: url,
  CI_MERGE_REQUEST_IID: "7",
});

const forges: [
  name: string,
  env: (url: string) => NodeJS.ProcessEnv,
  author: "user" | "author",
  bot: string,
][] = [
  ["GitHub", gitHub, "user", "github-actions[bot]"],
  ["Forgejo", forgejo, "user", "forgejo-actions"],
  ["GitLab", gitLab, "author", "project_3_bot"],
];

const marker = "<!-- homelab-report:homelab -->";
const json = (response: ServerResponse, value: unknown, status = 200) =>
  response.writeHead(status).end(JSON.stringify(value));
const isUser = ({ url }: IncomingMessage) => url?.endsWith("/user") === true;
const writes = (calls: readonly string[]) => calls.filter((call) => !call.startsWith("GET"));
const told = (call: Promise<unknown>) => call.then(String, (error: Error) => error.message);

test.each(forges)(
  "at %s a comment or issue of somebody else is not taken over",
  async (...forge) => {
    const [name, env, author] = forge;
    const other = { [author]: { id: 5, login: "us", username: "us" } };
    const theirs = [
      { id: 1, number: 1, iid: 1, title: "Drift", body: `${marker} hello`, ...other },
      { id: 2, number: 2, iid: 2, title: "Drift", body: `${marker} hello`, [author]: null },
      { id: 3, number: 3, iid: 3, title: "Drift", body: `${marker} hello` },
    ];
    const own = { id: 4, number: 4, iid: 4, title: "Drift", body: marker, [author]: { id: 100 } };
    let list: object[] = theirs;
    const { url, calls } = await server((request, response) => {
      if (isUser(request)) return json(response, { id: 100, login: "us", username: "us" });
      return json(response, request.method === "GET" ? list : {});
    });
    const forgeNow = forgeOf(env(url));
    expect(await forgeNow.comment(marker, marker)).toBe("comment written");
    expect(await forgeNow.openIssue("Drift", "b")).toBe("issue opened");
    expect(await forgeNow.closeIssue("Drift")).toBe("no issue to close");
    expect(writes(calls).every((call) => call.startsWith("POST"))).toBe(true);
    // Our own one behind theirs is found.
    list = [...theirs, own];
    const before = calls.length;
    expect(await forgeNow.comment(marker, marker)).toBe("comment updated");
    expect(await forgeNow.closeIssue("Drift")).toBe("issue closed");
    expect(writes(calls.slice(before)).every((call) => call.endsWith("/4"))).toBe(true);
    expect(name).not.toBe("");
  },
);

test.each(forges)("at %s the token of a job may not say who it is", async (...forge) => {
  const [name, env, author, bot] = forge;
  const list = [
    { id: 1, body: marker, [author]: { id: 5, login: "somebody", username: "somebody" } },
    { id: 2, body: marker, [author]: { id: 6, login: bot, username: bot } },
  ];
  const { url, calls } = await server((request, response) => {
    if (isUser(request)) return json(response, { message: "not accessible" }, 403);
    return json(response, request.method === "GET" ? list : {});
  });
  const result = await told(forgeOf(env(url)).comment(marker, marker));
  if (name === "GitLab") {
    expect(result).toBe('GET /user: 403 {"message":"not accessible"}');
    expect(writes(calls)).toEqual([]);
  } else {
    expect(result).toBe("comment updated");
    expect(writes(calls)).toEqual([expect.stringMatching(/^PATCH .*\/comments\/2$/)]);
  }
});

test.each(
  forges.flatMap((forge) =>
    ([301, 302, 303, 307, 308] as const).map((code) => [code, ...forge] as const),
  ),
)("a redirect %i of %s carries the token nowhere", async (code, _name, env) => {
  const thief = await server((_request, response) => json(response, []));
  for (const where of ["GET", "POST"]) {
    const { url } = await server((request, response) => {
      if (request.method !== where) return json(response, []);
      return response.writeHead(code, { location: `${thief.url}${request.url}` }).end();
    });
    expect(await told(forgeOf(env(url)).comment(marker, "secret plan"))).toContain(
      `the forge leads elsewhere (${code}), and the token is sent nowhere else`,
    );
  }
  expect(thief.calls).toEqual([]);
});

test.each(forges)("a list of %s without end is given up after 100 pages", async (_name, env) => {
  let id = 0;
  const { url, calls } = await server((_request, response) =>
    json(
      response,
      Array.from({ length: 50 }, () => ({ id: id++, body: "x" })),
    ),
  );
  expect(await told(forgeOf(env(url)).comment(marker, marker))).toContain(
    "the forge gave 100 pages and more to come",
  );
  expect(calls).toHaveLength(100);
});

/** Answers of a forge that lies, and what is said of each. */
const lies: [what: string, body: string | (() => string), said: RegExp][] = [
  ["null", "null", /found no list in the answer/],
  ["an object", '{"message":"hello"}', /found no list in the answer/],
  ["entries that are none", "[null, 3]", /found an entry without a number/],
  ["a path as a number", '[{"id":"../../../user"}]', /found an entry without a number/],
  ["a number beyond all", '[{"id":1e300}]', /found an entry without a number/],
  ["a nest of lists", () => "[".repeat(200_000), /found no JSON in the answer/],
  ["a whole nest of lists", () => "[".repeat(9000) + "]".repeat(9000), /found an entry without/],
  ["400,000 entries", () => JSON.stringify(Array(400_000).fill({ id: 1 })), /^comment written$/],
  ["17 MB", () => " ".repeat(17 * 1024 * 1024), /the answer is longer than 16 MB$/],
  ["no JSON", "\u001b[31m::add-mask::x\r\n@everyone ##[error]", /found no JSON/],
];

test.each(
  forges.flatMap(([name, env]) =>
    lies.map(([what, body, said]) => ({ name, env, what, body, said })),
  ),
)("$name answers with $what, and one line is said", async ({ env, body, said }) => {
  const text = typeof body === "string" ? body : body();
  const { url } = await server((request, response) => {
    response.end(request.method === "GET" ? text : "{}");
  });
  const line = await told(forgeOf(env(url)).comment(marker, marker));
  expect(line).toMatch(said);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]|##\[/);
  expect(line.length).toBeLessThan(500);
});

test.each([
  ["GITHUB_REPOSITORY", "../../user", gitHub],
  ["PULL_REQUEST", "7/../../issues/1", gitHub],
  ["CI_PROJECT_ID", "3/../4", gitLab],
  ["CI_MERGE_REQUEST_IID", "7?x", gitLab],
] as const)("rejects a %s that would lead elsewhere: %s", async (name, value, env) => {
  const { url, calls } = await server((_request, response) => json(response, []));
  const ask = async () => forgeOf({ ...env(url), [name]: value }).comment(marker, "x");
  expect(await told(ask())).toMatch(
    new RegExp(`^${name}: found ".*", expected (a number|owner/name); run this in a CI job$`),
  );
  expect(calls).toEqual([]);
});
