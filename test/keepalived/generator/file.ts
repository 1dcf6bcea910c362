import fc from "fast-check";
import { word } from "./atoms";
import { definition, globals, group, server } from "./blocks";
import { instance, junk } from "./instances";
import { rendered, type Style } from "./layout";
import { file, process, script } from "./trackers";

/** A file with what stands around it on its host. */
export interface GeneratedFile {
  text: string;
  /** Included files by path. */
  files: Map<string, string>;
}

const damage = word("", "", "", "", "", "", "", "", "", "", "}", "{", "vrrp_instance X {");

/** Files of every construct, in every order and layout, right and wrong ones. */
export const generatedFile: fc.Arbitrary<GeneratedFile> = fc
  .record({
    before: fc.array(
      fc.oneof(script, script, process, file, globals, definition, group, server, junk),
      { maxLength: 5 },
    ),
    scripts: fc.array(script, { maxLength: 2 }),
    instances: fc.array(instance, { minLength: 1, maxLength: 3 }),
    after: fc.array(fc.oneof(group, script, instance, file), { maxLength: 2 }),
    styles: fc.array(
      word("usual", "usual", "usual", "usual", "brace below", "one line") as fc.Arbitrary<Style>,
      {
        minLength: 6,
        maxLength: 6,
      },
    ),
    crlf: fc.boolean(),
    damage,
    included: fc.option(
      fc.tuple(
        fc.nat(),
        word("more.conf", "conf.d/*.conf", "/etc/keepalived/conf.d/a.conf", "conf.d/{a,b}.conf"),
      ),
    ),
  })
  .map(({ before, scripts, instances, after, styles, crlf, damage: broken, included }) => {
    const blocks = [...before, ...scripts, ...instances, ...after];
    const texts = blocks.map((one, index) =>
      rendered(one, styles[index % styles.length] ?? "usual", "").join("\n"),
    );
    const files = new Map<string, string>();
    if (included) {
      const [place, pattern] = included;
      const at = place % texts.length;
      const target = pattern.startsWith("/")
        ? pattern
        : `/etc/keepalived/${pattern.replace("*", "a").replace("{a,b}", "a")}`;
      files.set(target, `${texts[at] ?? ""}\n`);
      texts[at] = `include ${pattern}`;
    }
    const text = `${[...texts, ...(broken === "" ? [] : [broken])].join("\n")}\n`;
    return { text: crlf ? text.replaceAll("\n", "\r\n") : text, files };
  });
