import { expect, test } from "vitest";
import { mermaidLines } from "../../../../cli/report/picture/mermaid";
import { topologySvg } from "../../../../cli/report/picture/svg";
import type { Topology } from "../../../../cli/report/picture/types";
import { htmlText, mermaidText } from "../../../../model/foreign-text";
import { poisoned } from "../../../support/hostile/names";

const small: Topology = {
  nodes: [
    {
      name: "pve1",
      guests: [
        {
          name: "web",
          vmid: 110,
          address: "192.0.2.10",
          storage: "ceph",
          haGroup: "web",
          copiedTo: [],
          backup: true,
        },
      ],
    },
    {
      name: "pve2",
      guests: [{ name: "web-2", vmid: 111, storage: "zfs", copiedTo: ["pve1"], backup: false }],
    },
  ],
  addresses: [
    {
      name: "traefikPairs.web",
      vip: "192.0.2.1",
      members: [
        { name: "web", node: "pve1" },
        { name: "web-2", node: "pve2" },
      ],
    },
  ],
  backup: { storage: "pbs", on: "outside", everyHours: 24 },
};

test("the picture has every guest with its facts, the address and the backup", () => {
  const svg = topologySvg(small, { columns: 3 });
  for (const text of [
    "110 web",
    "192.0.2.10 · HA · backup",
    "111 web-2",
    "not under HA · no backup · copies: pve1",
    "192.0.2.1  traefikPairs.web".replace("  ", " "),
    "web on pve1, else web-2 on pve2",
    "Backups: pbs on outside",
    "every 24 h, 1 of 2 guests",
  ]) {
    expect(svg).toContain(`>${text}</text>`);
  }
  expect(svg.match(/<path/g)).toHaveLength(2);
  expect(svg.match(/<path class="standby"/g)).toHaveLength(1);
});

test("the same picture in Mermaid, for a pull request", () => {
  expect(mermaidLines(small).join("\n")).toMatchInlineSnapshot(`
    "\`\`\`mermaid
    flowchart TD
      subgraph n0["pve1"]
        g0_0["110 web 192.0.2.10"]
      end
      subgraph n1["pve2"]
        g1_0["111 web-2"]
      end
      a0(["192.0.2.1 traefikPairs.web"])
      a0 ==> g0_0
      a0 -.-> g1_0
      b[("backup pbs on outside, every 24 h: 1 guest")]
      n0 -.-> b
    \`\`\`"
  `);
});

test("no name ends a label of Mermaid or its block", () => {
  const lines = mermaidLines(poisoned(small));
  expect(lines.filter((line) => line.includes("`"))).toEqual(["```mermaid", "```"]);
  for (const line of lines.slice(2, -1))
    expect(line).toMatch(
      /^\s*(subgraph \w+\["[^"<>`\]]*"\]|\w+[[(]{1,2}"[^"<>`]*"[\])]{1,2}|end|\w+ (==>|-\.->) \w+)$/,
    );
});

test("texts of others are escaped for HTML and for Mermaid", () => {
  expect(htmlText(`<a href="x" title='y'>&\n`)).toBe(
    "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;",
  );
  expect(mermaidText('a"]\n click <b>`&#')).toBe("a#34;#93; click #60;b#62;#96;#38;#35;");
});
