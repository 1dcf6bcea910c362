import { isComputedLua } from "../../model/lsyncd/conf";
import type { ObservedResource } from "../rule";
import { isUnreadTraefik } from "./files/traefik-files";
import { haDisks } from "./ha/raw";
import { isFilledIn, type PlacedFile, placedFiles } from "./keepalived-files";
import { containersOf, isTemplateInMap } from "./kubernetes/kubernetes-vips";
import { isUnreadRelease } from "./kubernetes/releases";
import { UNKNOWN } from "./plain";
import { field, hasUnknown, list, placeOf, text } from "./resource";
import { siteViews } from "./site-views";
import type { StatedStorages } from "./stated-storages";
import {
  carriers,
  dockerContainers,
  isUnknownType,
  remoteCommand,
  snippets,
  tunnelConfigs,
  workloads,
} from "./types";

/** Something that the rules could not look at, of one kind. */
export interface Unjudged {
  /** What it is: `file whose content is known after the update`. */
  what: string;
  /** What would let it be judged. */
  fix: string;
  /** Where: each place once. */
  places: string[];
}

/** Files of daemons whose configuration the rules read. */
const daemonFile =
  /\b(keepalived|haproxy|cloudflared|lsyncd|traefik)\b[\w./-]*\.(conf|cfg|ya?ml|toml|lua)\b/;
const daemon = /\b(keepalived|haproxy|cloudflared|lsyncd|vrrp_instance)\b/;
const daemonPath =
  /\/etc\/(keepalived|haproxy|cloudflared|lsyncd)\b|\b(keepalived\.conf|haproxy\.cfg)\b/;

/** Ways to bring a text to a host that only running them would show. */
const startedInContainer =
  /\b(docker|podman|nerdctl)\b[^\n]*\brun\b[^\n]*(keepalived|haproxy|traefik|cloudflared|kube-vip)/;

const hiddenWays: readonly { pattern: RegExp; what: string }[] = [
  {
    pattern:
      /\b(base64\s+(-\w*d|--decode)|base32\s+(-d|--decode)|xxd\s+-\w*r|uudecode|openssl\s+(enc|base64))\b/,
    what: "script that decodes a file",
  },
  {
    pattern: /\b(gunzip|zcat|bzcat|xzcat|unxz|unzip|tar\s+-?\w*x\w*)\b/,
    what: "script that unpacks a file",
  },
  {
    pattern: /\b(sed\s+(-\w*i\w*|--in-place)|awk\s+-i|perl\s+-\w*i\w*|patch)\b/,
    what: "script that edits a file in place",
  },
  {
    pattern: /\b(printf|echo)\b[^\n]*(>|\btee\b)\s*\S*(keepalived|haproxy|cloudflared|lsyncd)\S*/,
    what: "script that writes a file with printf or echo",
  },
  {
    pattern: /\b(curl|wget|scp|git\s+clone)\b/,
    what: "script that fetches a file",
  },
];

/** What the rules of this pack could not judge in a stack, kind by kind. */
export function unjudged(resources: ObservedResource[], stated: StatedStorages): Unjudged[] {
  const found = new Map<string, Unjudged>();
  const add = (what: string, fix: string, place: string) => {
    const kind = found.get(what) ?? { what, fix, places: [] };
    if (!kind.places.includes(place)) kind.places.push(place);
    found.set(what, kind);
  };
  for (const resource of resources) {
    if (isUnknownType(resource.type)) {
      add(
        "resource of a type that this pack does not know",
        "use a pack as new as the provider",
        `${resource.type} "${resource.name}"`,
      );
    }
    if (resource.siteUnsure) {
      add(
        "Proxmox provider whose endpoint is known after the update, so its guests were judged as a cluster of their own",
        "write the endpoint as a value that is known in a preview",
        `provider "${resource.provider?.split("::").at(-1)}"`,
      );
    }
    for (const what of hiddenContent(resource)) {
      add(
        what,
        "write the file from values that are known in a preview, as it is",
        placeOf(resource),
      );
    }
  }
  for (const resource of siteViews(resources).unplaced.flatMap((group) => group.resources)) {
    if (bringsDaemonFile(resource)) {
      add(
        "daemon's file for a host of which nothing tells the cluster, so only what holds in each was judged",
        "let it depend on its guest, or put it into a component with things of its cluster",
        placeOf(resource),
      );
    }
  }
  for (const { resource, why } of haDisks(resources, new Set(), stated).unjudged) {
    const storage = why.startsWith("the kind of its storage");
    add(
      storage ? "HA guest on a storage of unstated kind" : "HA guest of which too little is known",
      storage
        ? `state the kinds in the pack's configuration: {"ha-local-disk": {"storages": {"tank": "zfs"}}}`
        : "write ids and nodes as values that are known in a preview",
      `${placeOf(resource)} (${why})`,
    );
  }
  return [...found.values()];
}

const filledFirst = "keepalived.conf that something fills in first";

/** Kinds of content in a resource that no rule could read. */
function hiddenContent(resource: ObservedResource): string[] {
  const { type, props } = resource;
  if (tunnelConfigs.some((known) => known === type)) {
    // The id of a tunnel that is made in the same update is never known before it.
    return hasUnknown(field(props, "config"))
      ? ["tunnel whose rules are known after the update"]
      : [];
  }
  if (isUnreadRelease(resource)) {
    return ["Helm release whose Services are made from values that are not read"];
  }
  if (isTemplateInMap(resource)) return [filledFirst];
  if (startsKeepalived(resource)) {
    return ["container whose keepalived is configured by its environment or its image"];
  }
  if (snippets.includes(type)) {
    const data = text(props, "sourceRaw", "data");
    return data !== undefined && daemon.test(data)
      ? ["cloud-init snippet with a daemon's file"]
      : [];
  }
  if (!carriers.some((known) => known === type)) return [];
  const unplaced =
    field(props, "connection", "host") === UNKNOWN && bringsDaemonFile(resource)
      ? ["daemon's file for a host that is known after the update, so its node is not"]
      : [];
  return [...unplaced, ...unreadContent(resource), ...placedFiles([resource]).flatMap(unreadFile)];
}

function bringsDaemonFile(resource: ObservedResource): boolean {
  return placedFiles([resource]).some(({ text: content, path }) =>
    daemonPath.test(path ?? content),
  );
}

/** Files that are there and say less than the daemon that they are for will do. */
function unreadFile(file: PlacedFile): string[] {
  const { text: content, path = "" } = file;
  if (isFilledIn(file)) return [filledFirst];
  if (isUnreadTraefik(content)) return ["Traefik configuration that is not understood"];
  if (/\bsync\s*[({]/.test(content) && /lsyncd|\.lua$/.test(path) && isComputedLua(content)) {
    return ["lsyncd configuration that computes its tables"];
  }
  if (/^\s*image:\s*\S*keepalived/m.test(content)) {
    return ["container whose keepalived is configured by its environment or its image"];
  }
  return [];
}

/** A container with keepalived in it, without a file that a ConfigMap shows. */
function startsKeepalived(resource: ObservedResource): boolean {
  const { type, props } = resource;
  const runs = (image: string | undefined) => /keepalived(?!-exporter)/.test(image ?? "");
  if (dockerContainers.some((known) => known === type)) {
    return [text(props, "image"), text(props, "taskSpec", "containerSpec", "image")].some(runs);
  }
  return (
    workloads.some((known) => known === type) &&
    containersOf(resource).some(
      (container) =>
        runs(text(container, "image")) &&
        list(container, "env").some((variable) =>
          /^KEEPALIVED_/.test(text(variable, "name") ?? ""),
        ),
    )
  );
}

/** Content of a file or script that is not there to be read. */
function unreadContent({ type, props }: ObservedResource): string[] {
  const late = "file whose content is known after the update, or comes from elsewhere";
  if (type !== remoteCommand) return hasUnknown(field(props, "source")) ? [late] : [];
  const scripts = ["create", "update"].map((key) => field(props, key));
  if (scripts.includes(UNKNOWN)) return ["script that is known after the update"];
  const shown = scripts.filter((script) => typeof script === "string");
  return [
    // The script tells what its standard input becomes.
    ...(field(props, "stdin") === UNKNOWN && shown.some((script) => daemonFile.test(script))
      ? [late]
      : []),
    ...(shown.some((script) => linesOf(script).some((line) => startedInContainer.test(line)))
      ? ["script that starts a daemon in a container"]
      : []),
    ...hiddenWays.flatMap(({ pattern, what }) =>
      shown.some((script) =>
        linesOf(script).some((line) => daemonPath.test(line) && pattern.test(line)),
      )
        ? [what]
        : [],
    ),
  ];
}

/** Lines of a script, continued ones joined. */
function linesOf(script: string): string[] {
  return script.replaceAll("\\\n", " ").split("\n");
}
