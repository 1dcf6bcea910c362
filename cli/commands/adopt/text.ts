import { Document, isMap, isPair, isScalar, isSeq, type Pair, parse, visit } from "yaml";
import { NAMESPACE, SECRETS } from "../../../config/file/namespace";
import { isObject } from "../../../config/file/raw";
import type { Draft, LeftOut } from "../../../model/adopt/adopt";
import { foreign } from "../../../model/foreign-text";
import { pageUrl } from "../../../model/pages";

/** What the head of the file says. */
export interface FileHead {
  /** Name of the cluster, for people. */
  cluster: string;
  /** Path of the schema for editors. @default none: the file is not beside it */
  schema?: string;
  /** Sections beside what was read. @default none, with an example of one at the end */
  sections?: object;
}

/** Release of Traefik that a new pair states. */
export const TRAEFIK = "3.5.0";

/**
 * The text of the stack file: what was read, and as comments what could not be.
 *
 * @param before the file that it replaces: its secrets, its key and other programs' settings stay
 */
export function stackFileText(draft: Draft, head: FileHead, before = ""): string {
  const old: unknown = parse(before);
  const { config: settings, ...key } = isObject(old) ? old : {};
  const kept = Object.entries(isObject(settings) ? settings : {}).filter(
    ([name]) => !name.startsWith(NAMESPACE) || name === NAMESPACE + SECRETS,
  );
  const more = Object.entries(head.sections ?? {});
  const document = draftDocument(draft, key, {
    ...Object.fromEntries(more.map(([name, section]) => [NAMESPACE + name, section])),
    ...Object.fromEntries(kept),
  });
  document.commentBefore = headText(head, draft.left);
  if (more.length === 0) document.comment = examples;
  return document.toString(LAYOUT);
}

/** How the files of this command are laid out. */
export const LAYOUT = { lineWidth: 0, flowCollectionPadding: true } as const;

/**
 * What was read, with what could not be as comments.
 *
 * @param beside what stands beside `config`. @default nothing
 * @param more what stands in `config` after the sections. @default nothing
 */
export function draftDocument(draft: Draft, beside: object = {}, more: object = {}): Document {
  const config = {
    [`${NAMESPACE}cluster`]: draft.cluster,
    [`${NAMESPACE}guests`]: draft.guests,
    ...(draft.groups.length > 0 && { [`${NAMESPACE}haGroups`]: draft.haGroups }),
    ...more,
  };
  const document = new Document({ ...beside, config }, { aliasDuplicateObjects: false });
  layOut(document);
  for (const { path, text, inside } of draft.notes) {
    const [section, ...rest] = path;
    const place = ["config", `${NAMESPACE}${section}`, ...rest];
    const map = inside ? document.getIn(place) : undefined;
    if (isMap(map)) map.comment = ` ${oneLine(text)}`;
    else comment(document, place, text);
  }
  comment(document, ["config", `${NAMESPACE}guests`], guestsNote);
  comment(document, ["config", `${NAMESPACE}cluster`, "nodes"], nodesNote);
  return document;
}

function headText({ cluster, schema }: FileHead, left: readonly LeftOut[]): string {
  const lines = [
    ...(schema === undefined ? [] : [`yaml-language-server: $schema=${schema}`, ""]),
    `The cluster "${oneLine(cluster)}" as it is, read by \`homelab adopt\`. How it comes under management, and`,
    `what a file like this can say beside that: ${pageUrl("adopt.md")}`,
    ...(left.length > 0 ? ["", "Left in the cluster as they are:"] : []),
    ...left.map(leftText),
  ];
  return lines.map((line) => (line === "" ? "" : ` ${line}`)).join("\n");
}

/** One thing that is not taken over, in one line. */
export function leftText({ what, why }: LeftOut): string {
  return oneLine(`- ${what}: not taken over, because ${why}`);
}

/** Names come from the cluster: none must end the comment that it is in. */
const oneLine = (text: string) => foreign(text, 4000);

const guestsNote = `purpose is for reports: say what each guest is for. A \`startup\` in a comment is the order that
Proxmox has; uncommented, \`up\` sets it over SSH, for which one node needs its hostKey.`;

const nodesNote = `For what is done over SSH, state the host key of one node at least, compared on its console:
hostKey: ssh-ed25519 AAAA…`;

const examples = ` What Proxmox does not know:

  homelab:traefikPairs:
    traefik:
      vip: 192.168.1.101/24
      interface: eth0
      virtualRouterId: 51
      check: { weight: -120 }
      members:
        - { guest: traefik, priority: 200 }
        - { guest: traefik-2, priority: 100 }
      traefik: { version: 3.5.0 }
`;

/** Short lists and maps on one line, and quotes where YAML readers disagree. */
function layOut(document: Document): void {
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && typeof node.value === "string" && /[:*#]/.test(node.value))
        node.type = "QUOTE_DOUBLE";
    },
    Collection(_key, node, path) {
      if (path.filter((step) => isMap(step) || isSeq(step)).length < 3) return;
      const short = String(node).length < 90 && !/\n/.test(JSON.stringify(node));
      const flat = node.items.every((item) => isScalar(isPair(item) ? item.value : item));
      if (flat && short && (isSeq(node) || inLists(path))) node.flow = true;
    },
  });
}

/** Priorities, exceptions and jobs: maps of which a line each is enough. */
function inLists(path: readonly unknown[]): boolean {
  const keys = path.flatMap((step) => (isPair(step) ? [String(step.key)] : []));
  const section = keys.findIndex((key) => key.startsWith(NAMESPACE));
  const [name, , field] = keys.slice(section);
  return field !== undefined && name === `${NAMESPACE}haGroups`
    ? keys.length > section + 2
    : keys.includes("passthrough");
}

function comment(document: Document, path: readonly string[], text: string): void {
  const holder = path.length > 1 ? document.getIn(path.slice(0, -1)) : document.contents;
  if (!isMap(holder)) return;
  const pair = holder.items.find(
    (item: Pair) => isScalar(item.key) && item.key.value === path.at(-1),
  );
  if (!pair || !isScalar(pair.key)) return;
  const lines = text
    .split("\n")
    .map((line) => ` ${/^ */.exec(line)?.[0].slice(0, 20)}${oneLine(line)}`);
  pair.key.commentBefore = [pair.key.commentBefore, ...lines].filter(Boolean).join("\n");
}
