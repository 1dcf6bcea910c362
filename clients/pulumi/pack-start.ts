import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeRoot } from "./project";

/**
 * Variables for the CLI with which a policy pack starts in less processor time: the process of the
 * pack loads `bin/late-compiler.js` first.
 *
 * @param options what NODE_OPTIONS says already, which stays
 */
export function packStart(options = process.env.NODE_OPTIONS ?? ""): { NODE_OPTIONS?: string } {
  // `bin` lies in the clone, or beside the compiled files of the package.
  const files = [codeRoot, dirname(codeRoot)].map((root) => join(root, "bin/late-compiler.js"));
  const file = files.find((path) => existsSync(path));
  if (file === undefined) return {};
  return { NODE_OPTIONS: `${options} --require=${quoted(file)}`.trim() };
}

/** A path as a part of a word of NODE_OPTIONS. */
const quoted = (path: string) => `"${path.replace(/["\\]/g, "\\$&")}"`;
