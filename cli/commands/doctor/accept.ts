import { chmodSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isCollection, isMap, isScalar, parseDocument } from "yaml";
import { hint } from "../../../config/file/nearest";
import { placeText } from "../../../config/file/problem";
import type { Path } from "../../../config/file/raw";
import type { StackFile } from "../../../config/file/stack-file";
import type { ChosenStack } from "../../lib/stack-files";
import { Failure, UsageError } from "../../lib/usage";
import { replaceFile } from "../cutover/journal";
import type { ShownHost } from "./hosts";

/**
 * Writes host keys that were shown into the stack file, or the file of sections that has their
 * place. Keys that are pinned already change only where their host is named.
 *
 * @param accept names of hosts, or `true` for all that have no pinned key
 * @returns the hosts whose keys were written
 */
export function acceptKeys(
  chosen: ChosenStack,
  file: StackFile,
  shown: readonly ShownHost[],
  accept: true | readonly string[],
): string[] {
  const names = accept === true ? [] : accept;
  const known = shown.map(({ name }) => name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`no host "${stranger}" showed a key; ${hint(stranger, known)}`);
  }
  const wanted = shown.filter(
    ({ name, pinned }) =>
      (pinned === "new" && (names.length === 0 || names.includes(name))) ||
      (pinned === "other" && names.includes(name)),
  );
  const edits = wanted.map(({ path, key }) => {
    const place = file.placeOf(path)?.file;
    return place === undefined
      ? { target: chosen.path, at: ["config", `homelab:${path[0]}`, ...path.slice(1)], path, key }
      : { target: join(dirname(chosen.path), place), at: path, path, key };
  });
  for (const target of new Set(edits.map((edit) => edit.target))) {
    const text = edits
      .filter((edit) => edit.target === target)
      .reduce(
        (before, { at, path, key }) => withKey(before, at, path, key),
        readFileSync(target, "utf8"),
      );
    const { mode } = statSync(target);
    replaceFile(target, text);
    chmodSync(target, mode);
  }
  return wanted.map(({ name }) => name);
}

/**
 * The text with another host key in one place. Nothing else changes, comments and order least of all.
 *
 * @throws Failure where the place is written in a way that cannot be edited, such as an alias
 */
export function withKey(text: string, at: Path, path: Path, key: string): string {
  const document = parseDocument(text);
  const owner = document.getIn(at.slice(0, -1), true);
  if (!isMap(owner)) {
    throw new Failure(
      `${placeText(path.slice(0, -1))} is not written out in the stack file; set its hostKey to ${key} by hand`,
    );
  }
  const stated = owner.get("hostKey", true);
  if (isScalar(stated) && stated.range) {
    const [from, to] = stated.range;
    return text.slice(0, from) + key + text.slice(to);
  }
  const first = owner.items[0]?.key;
  if (!isScalar(first) || !first.range) {
    throw new Failure(
      `${placeText(path.slice(0, -1))} is empty; set its hostKey to ${key} by hand`,
    );
  }
  const [start] = first.range;
  if (isCollection(owner) && owner.flow) {
    return `${text.slice(0, start)}hostKey: ${key}, ${text.slice(start)}`;
  }
  const indent = " ".repeat(start - text.lastIndexOf("\n", start - 1) - 1);
  return `${text.slice(0, start)}hostKey: ${key}\n${indent}${text.slice(start)}`;
}
