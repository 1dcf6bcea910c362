import { z } from "zod";
import type { Review } from "../../model/gate/approval";
import { ForgeError } from "./forge-error";
import { entriesOf, type Get } from "./pages";

/**
 * Who approved the newest commit of a pull request. GitHub and Forgejo answer alike; an approval of
 * an older commit, or one that was taken back or dismissed, does not count.
 *
 * @param get asks below the repository's own path
 */
export async function gitHubReview(get: Get, pull: string): Promise<Review> {
  const { user, head } = read(pullSchema, await get(`/pulls/${pull}`), `pull request ${pull}`);
  const reviews = await everyItem(get, `/pulls/${pull}/reviews`, reviewSchema);
  const latest = new Map<string, boolean>();
  for (const { user: reviewer, state, commit_id, dismissed, stale } of reviews) {
    // A comment neither gives an approval nor takes it back.
    if (!reviewer || state === "COMMENTED" || state === "PENDING" || state === "COMMENT") continue;
    const counts = state === "APPROVED" && commit_id === head.sha && !dismissed && !stale;
    latest.set(reviewer.login, counts);
  }
  return {
    author: user.login,
    approvedBy: [...latest].filter(([, counts]) => counts).map(([login]) => login),
  };
}

/**
 * The same of GitLab, which tells who approves but not which commit: an approval counts when its
 * note is younger than the newest version of the merge request.
 */
export async function gitLabReview(get: Get, merge: string): Promise<Review> {
  const path = `/merge_requests/${merge}`;
  const { author, sha } = read(mergeSchema, await get(path), `merge request ${merge}`);
  const { approved_by } = read(approvalsSchema, await get(`${path}/approvals`), "its approvals");
  const versions = await everyItem(get, `${path}/versions`, versionSchema);
  const newest = versions.find(({ head_commit_sha }) => head_commit_sha === sha);
  if (!newest) {
    const unknown = "GitLab does not say when the newest commit came, so no approval counts";
    return { author: author.username, approvedBy: [], unknown };
  }
  const since = Date.parse(newest.created_at);
  const notes = await everyItem(get, `${path}/notes`, noteSchema);
  const fresh = new Set(
    notes
      .filter(({ system, body }) => system && body.startsWith("approved this merge request"))
      .filter(({ created_at }) => Date.parse(created_at) > since)
      .map((note) => note.author.username),
  );
  return {
    author: author.username,
    approvedBy: approved_by
      .map(({ user }) => user.username)
      .filter((username) => fresh.has(username)),
  };
}

const pullSchema = z.object({
  user: z.object({ login: z.string() }),
  head: z.object({ sha: z.string() }),
});
const reviewSchema = z.object({
  id: z.number(),
  user: z.object({ login: z.string() }).nullish(),
  state: z.string(),
  commit_id: z.string().nullish(),
  dismissed: z.boolean().nullish(),
  stale: z.boolean().nullish(),
});
const person = z.object({ username: z.string() });
const mergeSchema = z.object({ author: person, sha: z.string() });
const approvalsSchema = z.object({ approved_by: z.array(z.object({ user: person })) });
const versionSchema = z.object({
  id: z.number(),
  head_commit_sha: z.string(),
  created_at: z.string(),
});
const noteSchema = z.object({
  id: z.number(),
  system: z.boolean(),
  body: z.string(),
  author: person,
  created_at: z.string(),
});

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ForgeError(
    "refused",
    `${what}: the forge's answer has no usable ${issue?.path.join(".") || "content"}; check that the API's address and version are right`,
  );
}

async function everyItem<T extends { id: number }>(
  get: Get,
  list: string,
  item: z.ZodType<T>,
): Promise<T[]> {
  const many = "look at what the pull request has so many of";
  const entries = entriesOf(get, list, (answer, where) => read(z.array(item), answer, where), many);
  const found: T[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}
