import type { Command, Option } from "commander";

/** What can follow a word of the command line. */
interface Place {
  /** Words of the command: ``, `preview`, `cutover start`. */
  path: string;
  commands: { name: string; description: string }[];
  options: { flag: string; description: string; value: Value }[];
  /** Fixed words that an argument may be. */
  words: readonly string[];
}

/** What an option takes: nothing, the name of a stack, one of some words, or a path. */
type Value = "none" | "stack" | "path" | readonly string[];

/** The script that completes the command line in a shell; it asks the command nothing. */
export function completionScript(homelab: Command, shell: "bash" | "zsh" | "fish"): string {
  const places = placesOf(homelab, []);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](places);
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const shown = command.createHelp();
  const below = shown.visibleCommands(command).filter((one) => one.name() !== "help");
  return [
    {
      path: path.join(" "),
      commands: below.map((one) => ({ name: one.name(), description: one.description() })),
      options: shown
        .visibleOptions(command)
        .flatMap((option) =>
          option.long === undefined || option.long === null
            ? []
            : [{ flag: option.long, description: option.description, value: valueKind(option) }],
        ),
      words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    },
    ...below.flatMap((one) => placesOf(one, [...path, one.name()])),
  ];
}

function valueKind(option: Option): Value {
  if (!option.required && !option.optional) return "none";
  if (option.argChoices) return option.argChoices;
  return option.long === "--stack" ? "stack" : "path";
}

/** The steps from a command to those below it, as lines of a `case` over `path/word`. */
function steps(places: readonly Place[]): string[] {
  return places
    .filter(({ path }) => path !== "")
    .map(({ path }) => {
      const above = path.split(" ").slice(0, -1).join(" ");
      return `      "${above}/${path.split(" ").at(-1)}") path="${path}" ;;`;
    });
}

/** Words that can stand at each place, as lines of a `case` over the path. */
function wordLines(places: readonly Place[]): string[] {
  return places.map(({ path, commands, options, words }) => {
    const all = [...commands.map(({ name }) => name), ...words, ...options.map(({ flag }) => flag)];
    return `    "${path}") words="${all.join(" ")}" ;;`;
  });
}

/** Values of options, as lines of a `case` over `path/option`. */
function valueLines(
  places: readonly Place[],
  reply: Record<"stack" | "path", string>,
  words: (list: readonly string[]) => string,
): string[] {
  return places.flatMap(({ path, options }) =>
    options.flatMap(({ flag, value }) => {
      if (value === "none") return [];
      const does = typeof value === "string" ? reply[value] : words(value);
      return [`    "${path}/${flag}") ${does} ;;`];
    }),
  );
}

const stackNames = `  for file in Pulumi.*.yaml; do
    [ -e "$file" ] || continue
    file=\${file#Pulumi.}
    printf '%s\\n' "\${file%.yaml}"
  done`;

function bashScript(places: readonly Place[]): string {
  const stack = `mapfile -t COMPREPLY < <(compgen -W "$(_homelab_stacks)" -- "$cur"); return`;
  const path = `mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return`;
  return `# Completion of homelab for bash; add to ~/.bashrc: eval "$(homelab completion bash)"
_homelab_stacks() {
  local file
${stackNames}
}
_homelab() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/\${COMP_WORDS[i]}" in
${steps(places).join("\n")}
    esac
  done
  case "$path/$prev" in
${valueLines(places, { stack, path }, (list) => `mapfile -t COMPREPLY < <(compgen -W "${list.join(" ")}" -- "$cur"); return`).join("\n")}
  esac
  case "$path" in
${wordLines(places).join("\n")}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o filenames -F _homelab homelab
`;
}

function zshScript(places: readonly Place[]): string {
  const lines = valueLines(
    places,
    { stack: `compadd -- \${(f)"$(_homelab_stacks)"}; return`, path: "_files; return" },
    (list) => `compadd -- ${list.join(" ")}; return`,
  );
  return `#compdef homelab
# Completion of homelab for zsh; add to ~/.zshrc: eval "$(homelab completion zsh)"
_homelab_stacks() {
  local file
  setopt localoptions nullglob
${stackNames}
}
_homelab() {
  local path_words="" all="" i
  for ((i = 2; i < CURRENT; i++)); do
    case "$path_words/\${words[i]}" in
${steps(places).join("\n").replaceAll(") path=", ") path_words=")}
    esac
  done
  case "$path_words/\${words[CURRENT - 1]}" in
${lines.join("\n")}
  esac
  case "$path_words" in
${wordLines(places).join("\n").replaceAll(") words=", ") all=")}
  esac
  compadd -- \${=all}
}
compdef _homelab homelab
`;
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, (one) => `\\${one}`)}'`;
  const lines = places.flatMap(({ path, commands, options, words }) => {
    const when = quoted(`__homelab_at ${quoted(path).replaceAll("'", '"')}`);
    return [
      ...commands.map(
        ({ name, description }) =>
          `complete -c homelab -f -n ${when} -a ${name} -d ${quoted(description)}`,
      ),
      ...words.map((word) => `complete -c homelab -f -n ${when} -a ${word}`),
      ...options.map(({ flag, description, value }) => {
        const takes =
          value === "none"
            ? ""
            : value === "stack"
              ? " -x -a '(__homelab_stacks)'"
              : value === "path"
                ? " -r -F"
                : ` -x -a ${quoted(value.join(" "))}`;
        // fish refuses -f (no files) beside -F (files).
        const files = value === "path" ? "" : "-f ";
        return `complete -c homelab ${files}-n ${when} -l ${flag.slice(2)}${takes} -d ${quoted(description)}`;
      }),
    ];
  });
  const known = places.map(({ path }) => quoted(path)).join(" ");
  return `# Completion of homelab for fish; homelab completion fish > ~/.config/fish/completions/homelab.fish
function __homelab_stacks
    for file in Pulumi.*.yaml
        string replace -r '^Pulumi\\.(.*)\\.yaml$' '$1' -- $file
    end
end
function __homelab_at
    set -l at ''
    for word in (commandline -opc)[2..]
        set -l longer (string trim -- "$at $word")
        contains -- $longer ${known}; and set at $longer
    end
    test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}
