import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reportHtml } from "../../../../cli/report/picture/html";
import { standaloneSvg } from "../../../../cli/report/picture/svg";
import type { Report } from "../../../../cli/report/types";
import { resilienceOf, virtualAddressesOf } from "../../../../cli/run/judgement";
import { pictureOf } from "../../../../cli/run/picture";
import { parseStackFile } from "../../../../config/file/parse-file";
import { axeFindings, startBrowser } from "../../../support/browser";
import { someReport } from "../../../support/cli";
import { stackText } from "../../../support/clusters/stacks";
import { poisoned } from "../../../support/hostile/names";

const { stack: config } = parseStackFile(stackText("homelab")).parsed;
if (!config) throw new Error("the stack file of the homelab is refused");
const picture = pictureOf(config);

const resilience = resilienceOf(config);

const whole: Report = {
  ...someReport(),
  stack: "homelab",
  virtualAddresses: virtualAddressesOf(config),
  resilience,
  cutovers: [
    {
      name: "dns",
      from: "192.168.1.5",
      to: "192.168.1.6",
      variant: "additive",
      consumers: 3,
      phases: ["service", "dns"],
    },
  ],
  problems: [{ path: "homelab:dns", line: 4, message: "an address twice", severity: "warning" }],
};

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

async function open(html: string, width: number, colorScheme: "light" | "dark"): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
  });
  const page = await context.newPage();
  await page.setContent(html);
  return page;
}

test.each([
  [390, "light"],
  [390, "dark"],
  [1440, "light"],
  [1440, "dark"],
] as const)(
  "axe finds nothing in the page at %i pixels, %s, and nothing hangs over",
  async (width, scheme) => {
    const page = await open(reportHtml(whole, picture), width, scheme);
    expect(await axeFindings(page)).toEqual([]);
    const over = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    expect(over).toBeLessThanOrEqual(0);
    // The picture that fits is shown, the other one is not there for a screen reader either.
    const [wide, narrow] = [page.locator("div.wide svg"), page.locator("div.narrow svg")];
    expect([await wide.isVisible(), await narrow.isVisible()]).toEqual(
      width > 1000 ? [true, false] : [false, true],
    );
    await page.context().close();
  },
);

test("axe sees what a page without names and contrast would be", async () => {
  const broken = reportHtml(whole, picture)
    .replace('lang="en"', "")
    .replaceAll('role="img" aria-labelledby', 'role="img" data-x');
  const page = await open(broken, 390, "light");
  expect((await axeFindings(page)).join("\n")).toMatch(/html-has-lang.*/s);
  await page.context().close();
});

test("the keyboard reaches the skip link, every part and every table", async () => {
  const page = await open(reportHtml(whole, picture), 390, "light");
  const reached: string[] = [];
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate<string>(
      `document.activeElement?.getAttribute("href") ?? document.activeElement?.getAttribute("aria-label") ?? ""`,
    );
    if (at !== "") reached.push(at);
  }
  expect(reached[0]).toBe("#content");
  expect(reached).toEqual(
    expect.arrayContaining(["#losses", "#topology", "#timelines", "#policies", "#cutovers"]),
  );
  expect(reached).toContain("What the loss of each node does to each service");
  await page.context().close();
});

test("names of others do nothing in the page, and its own policy would forbid it", async () => {
  const html = reportHtml(poisoned({ ...whole, action: "preview" as const }), poisoned(picture));
  const page = await open(html, 1440, "light");
  expect(await page.locator("script, img, [onload], [onerror]").count()).toBe(0);
  expect(await page.title()).not.toBe("taken");
  expect(await page.locator("h1").textContent()).toContain("<script>");
  await page.context().close();

  // The second lock by itself: what an escape that was forgotten would let in.
  const forgotten = html.replace(
    "<body>",
    `<body><img src="https://example.org/x"><script>document.title="taken"</script>`,
  );
  const second = await open(forgotten, 1440, "light");
  expect(await second.title()).not.toBe("taken");
  await second.context().close();
});

test("every cell of the matrix says in words what its colour says", async () => {
  const page = await open(reportHtml(whole, picture), 1440, "light");
  const cells = await page.locator("table.matrix td").allTextContents();
  expect(cells.length).toBe(
    resilience.services.length * (resilience.single.length + resilience.domains.length),
  );
  for (const cell of cells)
    expect(cell).toMatch(
      /^(ok|degraded|failover|restarts|waits|no room|error|frozen|down|restore)/,
    );
  await page.context().close();
});

test("on paper the page is light, and the wide picture is on it", async () => {
  const page = await open(reportHtml(whole, picture), 390, "dark");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const colour = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  expect(colour).toBe("rgb(255, 255, 255)");
  expect(await page.locator("div.wide svg").isVisible()).toBe(true);
  await page.context().close();
});

test("the picture by itself is sound XML, with hostile names too", async () => {
  const page = await open("<p>x</p>", 390, "light");
  for (const one of [picture, poisoned(picture)]) {
    const mistakes = await page.evaluate<number>(
      `new DOMParser().parseFromString(${JSON.stringify(standaloneSvg(one.topology))}, "image/svg+xml").querySelectorAll("parsererror, script, img").length`,
    );
    expect(mistakes).toBe(0);
  }
  await page.context().close();
});
