import type { Review } from "../../model/gate/approval";
import { ForgeError } from "./forge-error";
import { gitHubReview, gitLabReview } from "./reviews";

/** Where the code lives, as far as a CI job must talk to it. */
export interface Forge {
  /** Writes the comment of a pull request that starts with `marker`, or updates it. */
  comment(marker: string, body: string): Promise<string>;
  /** Opens the issue with that title, or updates it while it is open. */
  openIssue(title: string, body: string): Promise<string>;
  /** Closes the issue with that title where one is open. */
  closeIssue(title: string): Promise<string>;
  /** Who proposes the pull request, and who approved its newest commit. */
  review(): Promise<Review>;
}

interface Item {
  id: number;
  number?: number;
  iid?: number;
  title?: string;
  body?: string;
}

type Method = "GET" | "POST" | "PATCH" | "PUT";
type Call = (method: Method, path: string, body?: object) => Promise<unknown>;

const pageSize = 50;

/** Finds out from the CI's own variables which forge runs the job. */
export function forgeOf(env: NodeJS.ProcessEnv): Forge {
  const need = (name: string, why: string) => {
    const value = env[name];
    if (!value)
      throw new ForgeError("settings", `${name} is not set, but ${why}; run this in a CI job`);
    return value;
  };
  if (env.GITLAB_CI) {
    const token = need("GITLAB_API_TOKEN", "a comment needs a project token with the scope api");
    const project = need("CI_PROJECT_ID", "it names the project");
    const call = caller(
      `${need("CI_API_V4_URL", "it is the address of the API")}/projects/${project}`,
      {
        "private-token": token,
      },
    );
    return gitLab(call, () => need("CI_MERGE_REQUEST_IID", "it names the merge request"));
  }
  const repository = need("GITHUB_REPOSITORY", "it names the repository");
  // Forgejo sets the same variables and answers on the same paths.
  const call = caller(
    `${need("GITHUB_API_URL", "it is the address of the API")}/repos/${repository}`,
    {
      authorization: `token ${need("GITHUB_TOKEN", "the API asks for it")}`,
      accept: "application/json",
    },
  );
  return gitHub(call, () => need("PULL_REQUEST", "it is the number of the pull request"));
}

function gitHub(call: Call, pull: () => string): Forge {
  const issue = (title: string) =>
    find(call, "/issues?state=open&type=issues", (item) => item.title === title);
  return {
    comment: (marker, body) =>
      upsert(call, `/issues/${pull()}/comments`, marker, body, (id) => [
        "PATCH",
        `/issues/comments/${id}`,
      ]),
    async openIssue(title, body) {
      const open = await issue(title);
      if (!open) await call("POST", "/issues", { title, body });
      else await call("PATCH", `/issues/${open.number}`, { body });
      return open ? "issue updated" : "issue opened";
    },
    async closeIssue(title) {
      const open = await issue(title);
      if (open) await call("PATCH", `/issues/${open.number}`, { state: "closed" });
      return open ? "issue closed" : "no issue to close";
    },
    review: () => gitHubReview((path) => call("GET", path), pull()),
  };
}

function gitLab(call: Call, merge: () => string): Forge {
  const issue = (title: string) =>
    find(call, "/issues?state=opened", (item) => item.title === title);
  return {
    comment: (marker, body) => {
      const notes = `/merge_requests/${merge()}/notes`;
      return upsert(call, notes, marker, body, (id) => ["PUT", `${notes}/${id}`]);
    },
    async openIssue(title, body) {
      const open = await issue(title);
      if (!open) await call("POST", "/issues", { title, description: body });
      else await call("PUT", `/issues/${open.iid}`, { description: body });
      return open ? "issue updated" : "issue opened";
    },
    async closeIssue(title) {
      const open = await issue(title);
      if (open) await call("PUT", `/issues/${open.iid}`, { state_event: "close" });
      return open ? "issue closed" : "no issue to close";
    },
    review: () => gitLabReview((path) => call("GET", path), merge()),
  };
}

async function upsert(
  call: Call,
  list: string,
  marker: string,
  body: string,
  update: (id: number) => [Method, string],
): Promise<string> {
  const earlier = await find(call, list, (item) => item.body?.startsWith(marker) === true);
  const [method, path]: [Method, string] = earlier ? update(earlier.id) : ["POST", list];
  await call(method, path, { body });
  return earlier ? "comment updated" : "comment written";
}

/** Looks through a list page by page; GitHub and GitLab call the page size `per_page`, Forgejo `limit`. */
async function find(
  call: Call,
  list: string,
  wanted: (item: Item) => boolean,
): Promise<Item | undefined> {
  const seen = new Set<number>();
  for (let page = 1; ; page++) {
    const query = `${list.includes("?") ? "&" : "?"}per_page=${pageSize}&limit=${pageSize}&page=${page}`;
    const items = await call("GET", `${list}${query}`);
    if (!isList(items)) {
      throw new ForgeError(
        "refused",
        `GET ${list.split("?")[0]}: found no list in the answer of the forge`,
      );
    }
    const found = items.find(wanted);
    // Forgejo gives every comment of an issue on any page: stop when nothing new comes.
    const news = items.filter(({ id }) => !seen.has(id));
    if (found || news.length === 0) return found;
    for (const { id } of news) seen.add(id);
  }
}

const isList = (answer: unknown): answer is Item[] => Array.isArray(answer);

/** How long a forge may take to answer one call. */
const patienceMs = 60_000;

function caller(base: string, headers: Record<string, string>): Call {
  if (!URL.canParse(base)) {
    throw new ForgeError(
      "settings",
      `found ${base} as the address of the API, expected e.g. https://api.github.com; run this in a CI job`,
    );
  }
  return async (method, path, body) => {
    const what = `${method} ${path.split("?")[0]}`;
    const response = await answer(`${base}${path}`, {
      method,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new ForgeError("refused", `${what}: ${response.status} ${oneLine(text)}`);
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new ForgeError(
        "refused",
        `${what}: found no JSON in the answer (${oneLine(text)}); check that ${base} is the address of the API`,
      );
    }
  };
}

async function answer(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? causeText(cause) : message;
    throw new ForgeError(
      "refused",
      `the forge ${new URL(url).host} cannot be reached: ${oneLine(reason)}`,
    );
  }
}

/** Several addresses were tried: the error itself is then without a message. */
function causeText(cause: Error & { code?: string }): string {
  return cause.message || (cause.code ?? String(cause));
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 200);
