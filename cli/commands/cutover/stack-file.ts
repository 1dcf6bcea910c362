import { chmodSync, readFileSync, statSync } from "node:fs";
import { isMap, isPair, isScalar, parseDocument } from "yaml";
import { SITES } from "../../../config/sites/site-schema";
import type { StackPhase } from "../../../model/cutover/types";
import { replaceFile } from "../../lib/replace-file";
import { Failure } from "../../lib/usage";

/**
 * The text of a stack file with another phase of a cutover. Nothing else changes, comments and
 * order least of all.
 *
 * @param site that it is of. @default the stack has one cluster
 * @throws Failure if the cutover is written in a way that cannot be edited, such as an alias
 */
export function withPhase(text: string, cutover: string, phase: StackPhase, site?: string): string {
  const document = parseDocument(text);
  const path = [
    "config",
    ...(site === undefined ? ["homelab:cutovers"] : [`homelab:${SITES}`, site, "cutovers"]),
    cutover,
  ];
  const section = document.getIn(path, true);
  if (!isMap(section)) {
    throw new Failure(
      `homelab:cutovers.${cutover} is not written out in the stack file; set its phase to ${phase} by hand`,
    );
  }
  const stated = section.get("phase", true);
  if (isScalar(stated) && stated.range) {
    const [from, to] = stated.range;
    return text.slice(0, from) + phase + text.slice(to);
  }
  const [first] = section.items;
  const key = isPair(first) && isScalar(first.key) ? first.key : undefined;
  if (!key?.range) throw new Failure(`homelab:cutovers.${cutover} is empty in the stack file`);
  const [start] = key.range;
  if (section.flow) return `${text.slice(0, start)}phase: ${phase}, ${text.slice(start)}`;
  const indent = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return `${text.slice(0, start)}phase: ${phase}\n${indent}${text.slice(start)}`;
}

/** Sets the phase of a cutover in a stack file; the file is replaced whole. */
export function setPhase(file: string, cutover: string, phase: StackPhase, site?: string): void {
  const before = readFileSync(file, "utf8");
  const after = withPhase(before, cutover, phase, site);
  if (after === before) return;
  const { mode } = statSync(file);
  replaceFile(file, after);
  chmodSync(file, mode);
}
