import { join } from "node:path";
import ts from "typescript";

/** What an editor knows about a file of a project: its mistakes, and the text at a place. */
export interface Editor {
  mistakes(): string[];
  /** Documentation shown with the pointer on the first occurrence of a text. */
  hover(text: string): string;
}

/**
 * @param folder of the project; `index.ts` stands in it
 * @param settings `compilerOptions` as in a tsconfig.json
 */
export function openEditor(folder: string, settings: object): Editor {
  const file = join(folder, "index.ts");
  // A check of every package's own declarations takes a minute and is theirs.
  const given = { ...settings, skipLibCheck: true };
  const { options, errors } = ts.convertCompilerOptionsFromJson(given, folder);
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  });
  return {
    mistakes: () =>
      [...errors, ...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
        .sort(),
    hover: (text) => {
      const at = (ts.sys.readFile(file) ?? "").indexOf(text);
      const info = service.getQuickInfoAtPosition(file, at);
      return ts.displayPartsToString(info?.documentation);
    },
  };
}
