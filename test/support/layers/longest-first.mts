import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, by processor time: a run ends early when nothing of this begins late. */
const longest = [
  "test/engine/cutover.test.ts",
  "test/engine/cli.test.ts",
  "test/engine/converge.test.ts",
  "test/engine/kills/random-kills.test.ts",
  "test/engine/recover.test.ts",
  "test/engine/kills/lost-answers.test.ts",
  "test/cli/commands/hung/ctrl-c.test.ts",
  "test/cli/homelab.test.ts",
  "test/cli/commands/rollback.test.ts",
  "test/templates/replication/attack.test.ts",
];

/**
 * The order of files where nothing is known of an earlier run, as in a fresh clone: the longest ones
 * first, then vitest's own order (the largest first). Layers stay together, for they share workers.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const layers = [...new Set(sorted.map(({ project }) => project.name))];
    const rank = ({ moduleId }: TestSpecification) => {
      const found = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return found === -1 ? longest.length : found;
    };
    return layers.flatMap((name) =>
      sorted.filter(({ project }) => project.name === name).sort((a, b) => rank(a) - rank(b)),
    );
  }
}
