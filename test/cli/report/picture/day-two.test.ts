import { expect, test } from "vitest";
import { drillPart, runbookPart } from "../../../../cli/report/picture/day-two";
import { trendSvg } from "../../../../cli/report/picture/trend-svg";

test("a procedure is folded up, with its steps in order, and can run no markup of its own", () => {
  const html = runbookPart([
    {
      id: "node-lost-a",
      title: "Node <a> is lost",
      sign: "It does not answer.",
      steps: [{ text: "Look & wait.", commands: ["ssh root@a pvecm status", "echo '<b>'"] }],
    },
  ]);
  expect(html).toBe(
    '<details id="do-node-lost-a"><summary>Node &lt;a&gt; is lost</summary><p>It does not answer.</p><ol><li>Look &amp; wait.<pre><code>ssh root@a pvecm status\necho &#39;&lt;b&gt;&#39;</code></pre></li></ol></details>',
  );
});

const trend = {
  fault: "service-stopped" as const,
  predictedSec: 0.5,
  points: [
    { at: "2026-10-01T00:00:00.000Z", outageSec: 0.25, lost: 3, surprise: false },
    { at: "2026-11-01T00:00:00.000Z", outageSec: 1, lost: 20, surprise: true },
  ],
};

test("the trend has a dot for each drill, higher for a longer outage, and the prediction as a line", () => {
  const svg = trendSvg("Outages", [trend]);
  const dots = [...svg.matchAll(/cy="([\d.]+)" r="4" fill="(#\w+)"><title>([^<]*)/g)];
  expect(dots.map(([, , fill, title]) => [fill, title])).toEqual([
    ["#1b6ca8", "2026-10-01: 0.25 s, 3 lost"],
    ["#c8352b", "2026-11-01: 1.00 s, 20 lost, with a surprise"],
  ]);
  const [first, second] = dots.map(([, y]) => Number(y));
  const line = Number(/<line [^>]*y1="([\d.]+)"/.exec(svg)?.[1]);
  expect(second).toBeLessThan(line);
  expect(first).toBeGreaterThan(line);
  expect(trendSvg("Outages", [])).toContain("no drill yet");
});

test("drills are told in words beside the picture", () => {
  const html = drillPart([
    { pair: "traefikPairs.web", last: "2026-11-01", good: false, trends: [trend] },
  ]);
  expect(html).toContain("<p>Last drill: 2026-11-01, not as expected.</p>");
  expect(html).toContain("service-stopped");
});
