import { CommanderError } from "commander";
import { expect, test, vi } from "vitest";
import { homelabCommand } from "../../../cli/homelab";

/** What a command line that is refused says, without running anything. */
async function refusal(...args: string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const said = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  try {
    await homelabCommand().parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: error.exitCode, said: lines.join("").split("\n")[0] ?? "" };
  } finally {
    said.mockRestore();
  }
  throw new Error(`${args.join(" ")} was not refused`);
}

test.each([
  [
    ["validate", "--stack", "a", "--stack", "b"],
    "'--stack <name>' is given twice, with 'a' and 'b'",
  ],
  [["validate", "--stack", "a", "--stack=a"], "'--stack <name>' is given twice, with 'a' and 'a'"],
  [
    ["cutover", "plan", "--name", "a", "--name", "b"],
    "'--name <cutover>' is given twice, with 'a' and 'b'",
  ],
  [
    ["preview", "--width", "80", "--width", "90"],
    "'--width <characters>' is given twice, with '80' and '90'",
  ],
])("a second value for an option is refused: %j", async (args, expected) => {
  expect((await refusal(...args)).said).toBe(`error: option ${expected}; keep one of them`);
});

test("options that are meant to be given more than once are not refused for it", async () => {
  const nodes = ["--node", "a=192.0.2.1", "--node", "b=192.0.2.2"];
  const { said } = await refusal("init", "--stack", "x", ...nodes, "--nope");
  expect(said).toBe("error: unknown option '--nope'");
});

test("an option before the command is refused with where it belongs", async () => {
  expect((await refusal("--stack", "own", "preview")).said).toBe(
    "error: unknown option '--stack'; options stand behind the command, as in `homelab preview --stack NAME`",
  );
});

test("help on what is no command says so", async () => {
  expect((await refusal("help", "nope")).said).toBe(
    "error: unknown command 'nope', expected one of these:",
  );
});
