import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { optionsFromEnvironment } from "../../../clients/proxmox";
import { projectName, projectRoot, schemaPath } from "../../../clients/pulumi/project";
import { parseStackFile } from "../../../config/file/parse-file";
import { refusalText } from "../../../config/file/problem";
import { isObject } from "../../../config/file/raw";
import type { Draft } from "../../../model/adopt/adopt";
import { placeholderHostKey } from "../../../model/host/host-key";
import { listed } from "../../../model/text";
import { readNamed } from "../../lib/files";
import { readLiveCluster } from "../../lib/live-cluster";
import { checkStackName, folderOf, shortest } from "../../lib/stack-files";
import { UsageError } from "../../lib/usage";
import { type AcceptedDraft, acceptedDraft } from "./accepted-draft";
import { haGroupUrn, importFile } from "./import";
import type { AdoptedPair, AdoptOptions } from "./options";
import { adoptSite } from "./site";
import { summary } from "./summary";
import { stackFileText, TRAEFIK } from "./text";
import { writeTogether } from "./write";

/**
 * Reads a cluster and writes the stack file and the import file that bring it under management;
 * changes nothing on it.
 *
 * @returns what was written, what was not taken over and what to run next, line by line
 * @throws UsageError for what the person can mend and for what the cluster refuses; then nothing is written
 */
export async function adopt(options: AdoptOptions): Promise<string[]> {
  const { stack, site } = options;
  if (site !== undefined) return adoptSite({ ...options, site });
  checkStackName(stack);
  const dir = folderOf(options.dir);
  const files = {
    stack: shortest(join(dir, `Pulumi.${stack}.yaml`)),
    imports: shortest(join(dir, `Pulumi.${stack}.import.json`)),
  };
  const before = earlier(files, options.force ?? false);
  const cluster = await readLiveCluster(
    () => optionsFromEnvironment(options.env),
    options.progress,
  );
  const accepted = acceptedDraft(cluster);
  const project = projectName();
  const imports = importFile(stack, project, accepted.config);
  const sections = options.pair ? pairSections(options.pair, accepted.draft.guests) : {};
  const text = stackFileText(
    accepted.draft,
    {
      sections,
      cluster: cluster.name ?? accepted.config.cluster.name ?? stack,
      ...(dir === projectRoot && { schema: schemaPath() }),
    },
    before,
  );
  if (options.pair) refuseMistakes(files.stack, text);
  writeTogether([
    { path: files.stack, text },
    { path: files.imports, text: `${JSON.stringify(imports, undefined, 2)}\n` },
  ]);
  return [
    ...summary(files, accepted, imports.resources.length),
    ...next(stack, project, files.imports, { ...accepted, pair: options.pair }),
  ];
}

/** The section of a pair; host keys that Proxmox does not know are placeholders until `doctor --accept`. */
function pairSections({ vip, members }: AdoptedPair, guests: Draft["guests"]): object {
  for (const name of members) {
    const guest = guests[name];
    if (!isObject(guest)) {
      const known = Object.keys(guests);
      throw new UsageError(
        `--traefik: found "${name}", expected a guest that is taken over: ${listed(known, 12)}; correct it`,
      );
    }
    guest.hostKey ??= placeholderHostKey(name);
  }
  const pair = { vip, members: members.map((guest) => ({ guest })), traefik: { version: TRAEFIK } };
  return { traefikPairs: { traefik: pair } };
}

function refuseMistakes(file: string, text: string): void {
  const { parsed } = parseStackFile(text);
  if (parsed.stack) return;
  const errors = parsed.problems.filter(({ severity }) => severity === "error");
  throw new UsageError(`nothing was written: ${refusalText(file, errors)}`);
}

/** The stack file that is replaced; refuses to replace one that nobody said may be. */
function earlier(files: { stack: string; imports: string }, force: boolean): string {
  const there = [files.stack, files.imports].filter((path) => existsSync(path));
  if (there.length > 0 && !force) {
    throw new UsageError(
      `${there.join(" and ")}: already there; name another stack, or use --force to replace it (secrets are kept)`,
    );
  }
  if (!existsSync(files.stack)) return "";
  const text = readNamed(files.stack);
  try {
    parse(text);
  } catch {
    throw new UsageError(
      `${files.stack}: is not YAML, so its secrets cannot be kept; correct it, or move it away`,
    );
  }
  return text;
}

function next(
  stack: string,
  project: string,
  imports: string,
  { config, pair }: AcceptedDraft & { pair: AdoptedPair | undefined },
): string[] {
  const groups = Object.keys(config.haGroups).length > 0;
  return [
    "",
    "next steps, none of which changes the cluster:",
    `  pulumi stack init ${stack}`,
    ...(groups
      ? [`  pulumi up --stack ${stack} --target '${haGroupUrn(stack, project, "*")}'`]
      : []),
    `  pulumi import --stack ${stack} --file ${imports} --protect=false --generate-code=false`,
    // The containers are there, the pair on them is not.
    ...(pair
      ? [`  pulumi preview --stack ${stack}`, "", "then only the Traefik pair is to be created"]
      : [`  pulumi preview --stack ${stack} --expect-no-changes`]),
  ];
}
