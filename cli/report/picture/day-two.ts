import { htmlText } from "../../../model/foreign-text";
import type { Procedure } from "../../../model/runbook/types";
import { trendSvg } from "./trend-svg";
import type { PictureDrills } from "./types";

/** What to do by hand when something fails, each case folded up. */
export function runbookPart(procedures: readonly Procedure[]): string {
  return procedures.map(procedurePart).join("\n");
}

function procedurePart({ id, title, sign, steps }: Procedure): string {
  const items = steps.map(({ text, commands = [] }) => {
    const block =
      commands.length === 0 ? "" : `<pre><code>${commands.map(htmlText).join("\n")}</code></pre>`;
    return `<li>${htmlText(text)}${block}</li>`;
  });
  return `<details id="do-${htmlText(id)}"><summary>${htmlText(title)}</summary><p>${htmlText(sign)}</p><ol>${items.join("")}</ol></details>`;
}

/** How the drills of each pair went: the last one in words, all of them as a picture. */
export function drillPart(drills: readonly PictureDrills[]): string {
  return drills
    .map(({ pair, last, good, trends }) => {
      const verdict = good ? "as the model says" : "not as expected";
      const title = `Outages in drills of ${pair}`;
      return `<h3>${htmlText(pair)}</h3><p>Last drill: ${htmlText(last)}, ${verdict}.</p>${trendSvg(title, trends)}`;
    })
    .join("\n");
}
