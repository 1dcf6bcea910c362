import { foreign } from "../../model/foreign-text";
import type { Review } from "../../model/gate/approval";
import { type Account, type Api, apiOf, caller, gitHubBot, type Method } from "./api";
import { ForgeError } from "./forge-error";
import { entriesOf } from "./pages";
import { gitHubReview, gitLabReview } from "./reviews";

/** Where the code lives, as far as a CI job must talk to it. */
export interface Forge {
  /** Writes the comment of a pull request that starts with `marker`, or updates our own earlier one. */
  comment(marker: string, body: string): Promise<string>;
  /** Opens the issue with that title, or updates our own while it is open. */
  openIssue(title: string, body: string): Promise<string>;
  /** Closes our issue with that title where one is open. */
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
  description?: string;
  /** Author, at GitHub and Forgejo. */
  user?: Account | null;
  /** Author, at GitLab. */
  author?: Account | null;
}

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
    const project = numbered("CI_PROJECT_ID", need("CI_PROJECT_ID", "it names the project"));
    const root = need("CI_API_V4_URL", "it is the address of the API");
    const ask = caller(root, { "private-token": token });
    return gitLab(apiOf(ask, `/projects/${project}`), () =>
      numbered("CI_MERGE_REQUEST_IID", need("CI_MERGE_REQUEST_IID", "it names the merge request")),
    );
  }
  const repository = need("GITHUB_REPOSITORY", "it names the repository");
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new ForgeError(
      "settings",
      `GITHUB_REPOSITORY: found ${JSON.stringify(foreign(repository))}, expected owner/name; run this in a CI job`,
    );
  }
  // Forgejo sets the same variables and answers on the same paths.
  const ask = caller(need("GITHUB_API_URL", "it is the address of the API"), {
    authorization: `token ${need("GITHUB_TOKEN", "the API asks for it")}`,
    accept: "application/json",
  });
  const bot = env.FORGEJO_ACTIONS
    ? "forgejo-actions"
    : env.GITEA_ACTIONS
      ? "gitea-actions"
      : gitHubBot;
  return gitHub(apiOf(ask, `/repos/${repository}`, bot), () =>
    numbered("PULL_REQUEST", need("PULL_REQUEST", "it is the number of the pull request")),
  );
}

function numbered(name: string, value: string): string {
  if (/^\d{1,19}$/.test(value)) return value;
  throw new ForgeError(
    "settings",
    `${name}: found ${JSON.stringify(foreign(value))}, expected a number; run this in a CI job`,
  );
}

function gitHub(api: Api, pull: () => string): Forge {
  const issue = (title: string) =>
    find(api, "/issues?state=open&type=issues", (item) => item.title === title);
  return {
    comment: (marker, body) =>
      upsert(api, `/issues/${pull()}/comments`, marker, body, (id) => [
        "PATCH",
        `/issues/comments/${id}`,
      ]),
    async openIssue(title, body) {
      const open = await issue(title);
      if (!open) await api.call("POST", "/issues", { title, body });
      else await api.call("PATCH", `/issues/${open.number}`, { body });
      return open ? "issue updated" : "issue opened";
    },
    async closeIssue(title) {
      const open = await issue(title);
      if (open) await api.call("PATCH", `/issues/${open.number}`, { state: "closed" });
      return open ? "issue closed" : "no issue to close";
    },
    review: () => gitHubReview((path) => api.call("GET", path), pull()),
  };
}

function gitLab(api: Api, merge: () => string): Forge {
  const issue = (title: string) =>
    find(api, "/issues?state=opened", (item) => item.title === title);
  return {
    comment: (marker, body) => {
      const notes = `/merge_requests/${merge()}/notes`;
      return upsert(api, notes, marker, body, (id) => ["PUT", `${notes}/${id}`]);
    },
    async openIssue(title, body) {
      const open = await issue(title);
      if (!open) await api.call("POST", "/issues", { title, description: body });
      else await api.call("PUT", `/issues/${open.iid}`, { description: body });
      return open ? "issue updated" : "issue opened";
    },
    async closeIssue(title) {
      const open = await issue(title);
      if (open) await api.call("PUT", `/issues/${open.iid}`, { state_event: "close" });
      return open ? "issue closed" : "no issue to close";
    },
    review: () => gitLabReview((path) => api.call("GET", path), merge()),
  };
}

async function upsert(
  api: Api,
  list: string,
  marker: string,
  body: string,
  update: (id: number) => [Method, string],
): Promise<string> {
  const earlier = await find(
    api,
    list,
    ({ body: text }) => typeof text === "string" && text.startsWith(marker),
  );
  const [method, path]: [Method, string] = earlier ? update(earlier.id) : ["POST", list];
  await api.call(method, path, { body });
  return earlier ? "comment updated" : "comment written";
}

/** Something in a list that our own account wrote: anybody may write a comment that begins as ours do. */
async function find(
  api: Api,
  list: string,
  wanted: (item: Item) => boolean,
): Promise<Item | undefined> {
  const get = (path: string) => api.call("GET", path);
  const many = "delete old entries, or write a new pull request";
  for await (const item of entriesOf(get, list, itemsOf, many)) {
    if (wanted(item) && (await api.isOurs(item.user ?? item.author))) return item;
  }
  return undefined;
}

function itemsOf(answer: unknown, where: string): Item[] {
  if (!Array.isArray(answer)) {
    throw new ForgeError("refused", `${where}: found no list in the answer of the forge`);
  }
  const items = answer as Item[];
  const numbers = (item: Item) => [item?.id, item?.number ?? 0, item?.iid ?? 0];
  if (items.every((item) => numbers(item).every(Number.isSafeInteger))) return items;
  throw new ForgeError(
    "refused",
    `${where}: found an entry without a number in the answer of the forge`,
  );
}
