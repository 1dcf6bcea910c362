import { expect, test } from "vitest";
import type { Get } from "../../../clients/forge/pages";
import { gitHubReview, gitLabReview } from "../../../clients/forge/reviews";

/** A forge that answers from a table; a list has one page unless it is a list of pages. */
function forge(answers: Record<string, unknown>): Get {
  return async (path) => {
    const url = new URL(path, "http://forge");
    const answer = answers[url.pathname];
    if (answer === undefined) throw new Error(`no answer for ${path}`);
    const page = Number(url.searchParams.get("page") ?? "1");
    return Array.isArray(answer) ? answer.slice((page - 1) * 50, page * 50) : answer;
  };
}

const review = (id: number, login: string, state: string, commit_id = "new", more = {}) => ({
  id,
  user: { login },
  state,
  commit_id,
  ...more,
});
const pull = { user: { login: "eve" }, head: { sha: "new" } };

test.each([
  { what: "an approval of the newest commit", given: [review(1, "ann", "APPROVED")], by: ["ann"] },
  { what: "an approval of an older one", given: [review(1, "ann", "APPROVED", "old")], by: [] },
  {
    what: "an approval that was taken back",
    given: [review(1, "ann", "APPROVED"), review(2, "ann", "CHANGES_REQUESTED")],
    by: [],
  },
  {
    what: "an approval with a later comment",
    given: [review(1, "ann", "APPROVED"), review(2, "ann", "COMMENTED")],
    by: ["ann"],
  },
  { what: "a dismissed one", given: [review(1, "ann", "DISMISSED")], by: [] },
  {
    what: "what Forgejo calls dismissed or stale",
    given: [
      review(1, "ann", "APPROVED", "new", { dismissed: true }),
      review(2, "bob", "APPROVED", "new", { stale: true }),
    ],
    by: [],
  },
  {
    what: "the 120th review",
    given: [
      ...Array.from({ length: 119 }, (_, n) => review(n, `user${n}`, "COMMENTED")),
      review(500, "ann", "APPROVED"),
    ],
    by: ["ann"],
  },
])("GitHub and Forgejo: $what", async ({ given, by }) => {
  const get = forge({ "/pulls/7": pull, "/pulls/7/reviews": given });
  expect(await gitHubReview(get, "7")).toEqual({ author: "eve", approvedBy: by });
});

test("rejects a forge whose list never ends, and an answer that is none", async () => {
  let id = 0;
  const endless: Get = async (path) =>
    path === "/pulls/7" ? pull : Array.from({ length: 50 }, () => review(id++, "ann", "COMMENTED"));
  await expect(gitHubReview(endless, "7")).rejects.toThrow(
    "GET /pulls/7/reviews: the forge gave 100 pages and more to come; look at what the pull request has so many of",
  );
  await expect(gitHubReview(forge({ "/pulls/7": { user: null } }), "7")).rejects.toThrow(
    "pull request 7: the forge's answer has no usable user",
  );
});

const note = (id: number, username: string, body: string, created_at: string, system = true) => ({
  id,
  system,
  body,
  author: { username },
  created_at,
});
const gitLab = (
  notes: object[],
  versions: object[] = [{ id: 2, head_commit_sha: "new", created_at: "2026-01-02T00:00:00Z" }],
) =>
  forge({
    "/merge_requests/7": { author: { username: "eve" }, sha: "new" },
    "/merge_requests/7/approvals": { approved_by: [{ user: { username: "ann" } }] },
    "/merge_requests/7/versions": versions,
    "/merge_requests/7/notes": notes,
  });

test.each([
  { what: "after the newest version", at: "2026-01-03T00:00:00Z", by: ["ann"] },
  { what: "before it", at: "2026-01-01T00:00:00Z", by: [] },
])("GitLab: an approval given $what", async ({ at, by }) => {
  const get = gitLab([note(1, "ann", "approved this merge request", at)]);
  expect(await gitLabReview(get, "7")).toEqual({ author: "eve", approvedBy: by });
});

test("GitLab: a comment that only says so is no approval, and an unknown version counts none", async () => {
  const faked = note(1, "ann", "approved this merge request", "2026-01-03T00:00:00Z", false);
  expect((await gitLabReview(gitLab([faked]), "7")).approvedBy).toEqual([]);
  const approved = note(1, "ann", "approved this merge request", "2026-01-03T00:00:00Z");
  expect(await gitLabReview(gitLab([approved], []), "7")).toEqual({
    author: "eve",
    approvedBy: [],
    unknown: "GitLab does not say when the newest commit came, so no approval counts",
  });
});
