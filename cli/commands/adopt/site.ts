import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMap, type Pair, parseDocument, Scalar, YAMLMap } from "yaml";
import { projectName } from "../../../clients/pulumi/project";
import { NAMESPACE } from "../../../config/file/namespace";
import { parseWholeFile, siteMistake, siteNames } from "../../../config/file/parse-file";
import { refusalText } from "../../../config/file/problem";
import { at, textAt } from "../../../config/file/raw";
import { filesIn } from "../../../config/file/section-files";
import { readStackFile } from "../../../config/file/stack-file";
import { SITES } from "../../../config/sites/site-schema";
import type { Draft } from "../../../model/adopt/adopt";
import { listed } from "../../../model/text";
import { readNamed } from "../../lib/files";
import { proxmoxAccess, readLiveCluster } from "../../lib/live-cluster";
import { checkStackName, folderOf, shortest } from "../../lib/stack-files";
import { UsageError } from "../../lib/usage";
import { acceptedDraft } from "./accepted-draft";
import { haGroupUrn, importFile, providerUrn, siteUrn } from "./import";
import type { AdoptOptions } from "./options";
import { summary } from "./summary";
import { draftDocument, LAYOUT } from "./text";
import { writeTogether } from "./write";

/** Sections of a site that are read from its cluster; all others are the person's own. */
const READ = ["cluster", "guests", "haGroups"] as const;

/**
 * The same for one of several sites of a stack file that is there: its cluster, guests and HA groups
 * are written, its other sections, the other sites and everything else in the file stay.
 *
 * @throws UsageError for what the person can mend and for what the cluster refuses; then nothing is written
 */
export async function adoptSite(options: AdoptOptions & { site: string }): Promise<string[]> {
  const { stack, site, env, force = false } = options;
  checkStackName(stack);
  const path = join(folderOf(options.dir), `Pulumi.${stack}.yaml`);
  const files = {
    stack: shortest(path),
    imports: shortest(join(dirname(path), `Pulumi.${stack}.${site}.import.json`)),
  };
  const { text, endpoint, hasToken } = siteOf(path, files, { site, force });
  const cluster = await readLiveCluster(() => proxmoxAccess(env, endpoint), options.progress);
  const accepted = acceptedDraft(cluster);
  const project = projectName();
  const imports = importFile(stack, project, accepted.config, site);
  const written = withSite(text, site, accepted.draft);
  refuseMistakes(files.stack, path, written, site);
  writeTogether([
    { path: files.stack, text: written },
    { path: files.imports, text: `${JSON.stringify(imports, undefined, 2)}\n` },
  ]);
  const groups = Object.keys(accepted.config.haGroups).length > 0;
  const targets = [
    siteUrn(stack, project, site),
    providerUrn(stack, project, site),
    ...(groups ? [haGroupUrn(stack, project, "*", site)] : []),
  ].map((urn) => `--target '${urn}'`);
  const secret = `pulumi config set --stack ${stack} --secret --path 'homelab:secrets.sites.${site}.proxmoxToken' VALUE`;
  return [
    ...summary(files, accepted, imports.resources.length),
    "",
    "next steps, when every site of the file is written; none of them changes the cluster:",
    `  pulumi stack select --create ${stack}`,
    ...(hasToken ? [] : [`  ${secret}`]),
    `  pulumi up --stack ${stack} ${targets.join(" ")}`,
    `  pulumi import --stack ${stack} --file ${files.imports} --protect=false --generate-code=false`,
    `  pulumi preview --stack ${stack}`,
    "",
    `then nothing of ${site} is to be created, updated or deleted`,
  ];
}

/** The file as it is, and where the site's cluster is. */
function siteOf(
  path: string,
  files: { stack: string; imports: string },
  { site, force }: { site: string; force: boolean },
) {
  if (!existsSync(path)) {
    throw new UsageError(
      `${files.stack}: does not exist; write it with homelab:${SITES}.${site}.proxmox.endpoint first, or leave out --site for a stack with one cluster`,
    );
  }
  const text = readNamed(path);
  const file = readStackFile(text, { read: filesIn(dirname(path)) });
  const [broken] = file.problems;
  const mistake = broken ? broken.message : siteMistake(siteNames(file), site);
  if (mistake !== undefined) throw new UsageError(`${files.stack}: ${mistake}`);
  const place = `homelab:${SITES}.${site}`;
  if (at(file.own, [SITES, site]) === undefined) {
    throw new UsageError(
      `${files.stack}: ${place} stands in a file that homelab:files names, which is not written to; move it into ${files.stack}`,
    );
  }
  const endpoint = textAt(file.data, [SITES, site, "proxmox", "endpoint"]);
  if (endpoint === undefined) {
    throw new UsageError(
      `${files.stack}: ${place}.proxmox.endpoint: missing, expected the URL of the site's Proxmox API; add it`,
    );
  }
  const there = [
    ...READ.filter((section) => at(file.data, [SITES, site, section]) !== undefined).map(
      (section) => `${place}.${section}`,
    ),
    ...(existsSync(files.imports) ? [files.imports] : []),
  ];
  if (there.length > 0 && !force) {
    throw new UsageError(
      `${files.stack}: ${listed(there)} already there; use --force to replace ${there.length === 1 ? "it" : "them"} (other sections, other sites and secrets are kept)`,
    );
  }
  return { text, endpoint, hasToken: file.hasSecret([SITES, site, "proxmoxToken"]) };
}

/** The text of the file with what was read of the site in place of what it said before. */
function withSite(text: string, site: string, draft: Draft): string {
  const document = parseDocument(text);
  const made = draftDocument(draft).getIn(["config"]);
  const held = document.getIn(["config", `${NAMESPACE}${SITES}`, site]);
  if (!isMap(made)) throw new Error("a draft has no sections");
  // `home: {}` on one line has no room for comments.
  const home = isMap(held) ? held : new YAMLMap(document.schema);
  home.flow = false;
  const read: readonly string[] = READ;
  const nameOf = ({ key }: Pair) => String(key instanceof Scalar ? key.value : key);
  const others = home.items.filter((pair) => !read.includes(nameOf(pair)));
  const sections = (made.items as Pair[]).map((pair) => {
    if (pair.key instanceof Scalar) pair.key.value = nameOf(pair).slice(NAMESPACE.length);
    return pair;
  });
  // What says where the site is comes first, as people write it.
  const first = others.filter((pair) =>
    ["proxmox", "kubernetesContext", "routedTo"].includes(nameOf(pair)),
  );
  home.items = [...first, ...sections, ...others.filter((pair) => !first.includes(pair))];
  document.setIn(["config", `${NAMESPACE}${SITES}`, site], home);
  return document.toString(LAYOUT);
}

/** Mistakes of this site; the others may not be written yet. */
function refuseMistakes(file: string, path: string, text: string, site: string): void {
  const { parsed } = parseWholeFile(text, { read: filesIn(dirname(path)) });
  const all = "problems" in parsed && parsed.problems ? parsed.problems : [];
  const errors = all.filter(
    ({ severity, path: [root, name] }) => severity === "error" && root === SITES && name === site,
  );
  if (errors.length > 0) {
    throw new UsageError(`nothing was written: ${refusalText(file, errors)}`);
  }
}
