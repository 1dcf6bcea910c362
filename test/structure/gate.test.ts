import { expect, test } from "vitest";
import { protectedFiles } from "../../model/gate/protected-paths";
import { allImports, groupedBy } from "./sources";

/** Commands that a workflow runs from the target branch to judge a change. */
const judges = ["gate", "comment", "check-plan", "report"];

const loaded = groupedBy(
  allImports.filter(({ typeOnly }) => !typeOnly),
  ({ from }) => from,
);

/** Every file that a command may load; other commands that are loaded late are not among them. */
function reachedBy(command: string): string[] {
  const own = `cli/commands/${command}/`;
  const seen = new Set<string>();
  const open = ["cli/homelab.ts", `${own}command.ts`];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const others = file.startsWith("cli/commands/") && !file.startsWith(own);
    for (const { to, late } of loaded.get(file) ?? []) if (!(late && others)) open.push(to);
  }
  return [...seen];
}

test.each(judges)("everything that homelab %s loads is protected by the gate", (command) => {
  const files = reachedBy(command);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => protectedFiles([file]).length === 0)).toEqual([]);
});
