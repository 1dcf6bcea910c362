import { existsSync, readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { needTool } from "./tools";

/** Debian's browser, without a window. */
export function startBrowser(): Promise<Browser> {
  needTool("chromium");
  const places = ["/usr/bin/chromium", "/usr/local/bin/chromium", "/snap/bin/chromium"];
  const executablePath = places.find((path) => existsSync(path)) ?? "chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** What axe finds in a page, a line each; it runs from the outside, whatever the page forbids. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
