import { ForgeError } from "./forge-error";

/** Asks the forge; the answer is whatever it sent. */
export type Get = (path: string) => Promise<unknown>;

const PAGE_SIZE = 50;

/** Pages that are looked through: 5,000 entries, and a server that never ends must not keep the job. */
const MOST_PAGES = 100;

/**
 * The entries of a list, page by page, each once. GitHub and GitLab call the page size `per_page`,
 * Forgejo `limit`; Forgejo gives some lists whole on every page, so it ends when nothing new comes.
 *
 * @param read checks the answer for one page
 * @param many what to do about a list without end
 */
export async function* entriesOf<T extends { id: number }>(
  get: Get,
  list: string,
  read: (answer: unknown, where: string) => T[],
  many: string,
): AsyncGenerator<T> {
  const seen = new Set<number>();
  const where = `GET ${list.split("?")[0]}`;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const query = `${list.includes("?") ? "&" : "?"}per_page=${PAGE_SIZE}&limit=${PAGE_SIZE}&page=${page}`;
    const items = read(await get(`${list}${query}`), where);
    const news = items.filter(({ id }) => !seen.has(id));
    if (news.length === 0) return;
    for (const item of news) {
      seen.add(item.id);
      yield item;
    }
  }
  throw new ForgeError(
    "refused",
    `${where}: the forge gave ${MOST_PAGES} pages and more to come; ${many}`,
  );
}
