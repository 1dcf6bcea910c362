import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { completionScript } from "../../../cli/commands/completion/script";
import { homelabCommand } from "../../../cli/homelab";
import { runTool } from "../../support/tools";

/** What bash offers, in a folder with two stack files, for each line; the last word is being typed. */
function offers(lines: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "completion-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const stack of ["attic", "cellar"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "");
  const calls = lines.map((line) => `complete_line ${line.replace(/ $/, ' ""')}`);
  const script = `${completionScript(homelabCommand(), "bash")}
complete_line() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _homelab
  printf '%s\\n' "\${COMPREPLY[*]}"
}
complete -p homelab
${calls.join("\n")}
`;
  const run = spawnSync("bash", ["--norc", "-c", script], { cwd: folder, encoding: "utf8" });
  expect(run.stderr).toBe("");
  const [registered, ...found] = run.stdout.trimEnd().split("\n");
  expect(registered).toContain("_homelab homelab");
  return found;
}

test("bash completes commands, flags, choices, stack names of the folder and files", () => {
  const [commands, one, flags, stacks, typed, formats, below, confirm, shells, files] = offers([
    "homelab ",
    "homelab pre",
    "homelab preview --st",
    "homelab preview --stack ",
    "homelab report --no-engine --stack ce",
    "homelab report --format ",
    "homelab cutover st",
    "homelab cutover next --conf",
    "homelab completion ",
    "homelab report --output Pul",
  ]);
  expect(commands).toMatch(/^validate .*preview .* --version --help$/);
  expect(one).toBe("preview");
  expect(flags).toBe("--stack --state-dir");
  expect(stacks).toBe("attic cellar");
  expect(typed).toBe("cellar");
  expect(formats).toMatch(/^text markdown json/);
  expect(below).toBe("status start");
  expect(confirm).toBe("--confirm");
  expect(shells).toBe("bash zsh fish --help");
  expect(files?.split(" ").sort()).toEqual(["Pulumi.attic.yaml", "Pulumi.cellar.yaml"]);
});

/** Lines to complete, the last word being typed; and what a shell offers. */
const typed = [
  { line: "homelab pre", offers: ["preview"] },
  { line: "homelab cutover st", offers: ["start", "status"] },
  { line: "homelab preview --st", offers: ["--stack", "--state-dir"] },
  { line: "homelab preview --stack ", offers: ["attic", "cellar"] },
  { line: "homelab report --no-engine --stack ce", offers: ["cellar"] },
  { line: "homelab report --format ", offers: ["html", "json", "markdown", "svg", "text"] },
  { line: "homelab completion z", offers: ["zsh"] },
  {
    line: "homelab report --output Pul",
    offers: ["Pulumi.attic.yaml", "Pulumi.cellar.yaml"],
  },
];

/** A folder with two stack files and a shell's completion script. */
function folderWith(shell: "zsh" | "fish"): string {
  const folder = mkdtempSync(join(tmpdir(), "completion-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const stack of ["attic", "cellar"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "");
  writeFileSync(join(folder, "script"), completionScript(homelabCommand(), shell));
  return folder;
}

test("fish offers the same", () => {
  const cwd = folderWith("fish");
  for (const { line, offers } of typed) {
    const args = ["--no-config", "-c", `source script; complete -C '${line}'`];
    const { output } = runTool("fish", args, { cwd });
    const found = output.split("\n").filter(Boolean);
    expect(found.map((offer) => offer.split("\t")[0]).sort(), line).toEqual(offers);
  }
});

test("zsh offers the same", () => {
  const cwd = folderWith("zsh");
  // The builtin runs only inside the line editor; what is handed to it is what counts.
  const script = `
compdef() { }
compadd() { shift; for one in "$@"; do [[ $one == $typed* ]] && print -r -- $one; done }
_files() { compadd -- *(N) }
source ./script
for line in "$@"; do
  words=("\${(@s: :)line}") CURRENT=\${#words} typed=\${words[CURRENT]}
  _homelab
  print -- ---
done
`;
  const lines = typed.map(({ line }) => line);
  const { output } = runTool("zsh", ["-f", "-c", script, "completion", ...lines], { cwd });
  const found = output.split("---\n").map((offers) => offers.split("\n").filter(Boolean).sort());
  expect(found.slice(0, -1)).toEqual(typed.map(({ offers }) => offers));
});

test("the scripts of zsh and fish have every command and every flag as well", () => {
  const all = homelabCommand().commands.flatMap((command) => [command, ...command.commands]);
  for (const shell of ["zsh", "fish"] as const) {
    const script = completionScript(homelabCommand(), shell);
    for (const command of all) {
      expect(script, shell).toContain(command.name());
      for (const { long, hidden } of command.options) {
        if (long && !hidden)
          expect(script).toContain(shell === "fish" ? `-l ${long.slice(2)}` : long);
      }
    }
  }
});
