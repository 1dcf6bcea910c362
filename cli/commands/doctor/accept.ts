import { chmodSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Document, isCollection, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { hint } from "../../../config/file/nearest";
import { placeText } from "../../../config/file/problem";
import { isObject, type Path } from "../../../config/file/raw";
import type { StackFile } from "../../../config/file/stack-file";
import { SITES } from "../../../config/sites/site-schema";
import { replaceFile } from "../../lib/replace-file";
import type { ChosenStack } from "../../lib/stack-files";
import { Failure, UsageError } from "../../lib/usage";
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
    const full = chosen.site === undefined ? path : [SITES, chosen.site, ...path];
    return place === undefined
      ? {
          target: chosen.path,
          at: ["config", `homelab:${full[0]}`, ...full.slice(1)],
          path: full,
          key,
        }
      : { target: join(dirname(chosen.path), place), at: full, path: full, key };
  });
  // Every text before the first file is written: what cannot be edited changes nothing.
  const texts = [...new Set(edits.map(({ target }) => target))].map((target) => ({
    target,
    text: edits
      .filter((edit) => edit.target === target)
      .reduce(
        (before, { at, path, key }) => withKey(before, at, path, key),
        readFileSync(target, "utf8"),
      ),
  }));
  for (const { target, text } of texts) {
    const { mode } = statSync(target);
    replaceFile(target, text);
    chmodSync(target, mode);
  }
  return wanted.map(({ name }) => name);
}

/**
 * The text with another host key in one place. Nothing else changes, comments and order least of all.
 *
 * @throws Failure where the place is written in a way that cannot be edited: an alias, an anchor that
 *   another host shares, a block of text
 */
export function withKey(text: string, at: Path, path: Path, key: string): string {
  const document = parseDocument(text);
  const owner = document.getIn(at.slice(0, -1), true);
  const byHand = (why: string) =>
    new Failure(`${placeText(path.slice(0, -1))} ${why}; set its hostKey to ${key} by hand`);
  if (!isMap(owner)) throw byHand("is not written out in the stack file");
  const edited = edit(text, owner, key);
  if (edited === undefined) throw byHand("is empty");
  // The one change that was asked for, and no other: an anchor would bring the key to another host.
  const found = parseDocument(edited);
  if (
    found.errors.length > 0 ||
    !isDeepStrictEqual(dataOf(found), withValue(dataOf(document), at, key))
  )
    throw byHand("is written in a way that cannot be edited safely");
  return edited;
}

function edit(text: string, owner: YAMLMap, key: string): string | undefined {
  const stated = owner.get("hostKey", true);
  if (isScalar(stated) && stated.range) {
    const [from, to] = stated.range;
    const blank = /[:?]$/.test(text.slice(0, from)) ? " " : "";
    const note = text[to] === "#" ? " " : "";
    return text.slice(0, from) + blank + key + note + text.slice(to);
  }
  const first = owner.items[0]?.key;
  if (!isScalar(first) || !first.range) return undefined;
  const [start] = first.range;
  if (isCollection(owner) && owner.flow) {
    return `${text.slice(0, start)}hostKey: ${key}, ${text.slice(start)}`;
  }
  const indent = " ".repeat(start - text.lastIndexOf("\n", start - 1) - 1);
  return `${text.slice(0, start)}hostKey: ${key}\n${indent}${text.slice(start)}`;
}

/** A copy of its own for each place, also where an alias repeats one. */
function dataOf(document: Document): unknown {
  return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 1000 })) ?? "null");
}

function withValue(data: unknown, at: Path, value: string): unknown {
  const [step, ...rest] = at;
  if (step === undefined) return value;
  if (Array.isArray(data)) {
    return data.map((item, index) =>
      index === Number(step) ? withValue(item, rest, value) : item,
    );
  }
  return isObject(data) ? { ...data, [step]: withValue(data[step], rest, value) } : data;
}
