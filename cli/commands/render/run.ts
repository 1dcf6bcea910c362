import { hint } from "../../../config/file/nearest";
import { siteMistake, siteNames } from "../../../config/file/parse-file";
import { runWithMocks } from "../../../sim/mocks";
import type { RegisteredResource } from "../../../sim/registered";
import { worldFromSites } from "../../../sim/seed";
import { type PlacedText, placeOfScript } from "../../../templates/host/host-file";
import type { SiteFlags } from "../../lib/options";
import { hasMistakes, UsageError } from "../../lib/usage";
import { checkFile } from "../../run/check";
import { mockConfig } from "../../run/mock-config";
import { prepared } from "../../run/prepare";
import { placeholders } from "../../run/secrets";
import { replaceFolder } from "./folder";

/** What the options of `homelab render` say. */
export interface RenderFlags extends SiteFlags {
  out: string;
  member?: string;
}

/** One file, as it would be on its host. */
export interface RenderedFile extends PlacedText {
  text: string;
}

/** What was written; `--json` prints exactly this. */
export interface Rendered {
  stack: string;
  out: string;
  files: PlacedText[];
}

/**
 * Writes the files of all hosts, or of one, into a folder: the program itself runs, on simulated
 * platforms, and no host is asked.
 *
 * @throws Failure for a stack file with mistakes
 */
export async function render({ out, member, ...flags }: RenderFlags): Promise<Rendered> {
  const { stack, all } = await renderedFiles(flags);
  const files = member === undefined ? all : all.filter(({ host }) => host === member);
  if (member !== undefined && files.length === 0) {
    const known = [...new Set(all.map(({ host }) => host))];
    throw new UsageError(`\`up\` brings no file to "${member}"; ${hint(member, known)}`);
  }
  replaceFolder(
    out,
    files.map(({ text, ...place }) => {
      const name = `${place.host}${place.path}`;
      return { name, text, line: `${name} ${place.mode} ${place.owner}` };
    }),
  );
  return { stack, out, files: files.map(({ text: _text, ...place }) => place) };
}

/** Every file that the program brings to a host, in the order of hosts and paths, secrets masked. */
export async function renderedFiles(
  flags: SiteFlags,
): Promise<{ stack: string; all: RenderedFile[] }> {
  const checked = checkFile(flags);
  const { chosen, sites, file } = checked;
  if (sites.length === 0) {
    throw hasMistakes(chosen.file, `validate --file ${chosen.file}`);
  }
  const mistake = siteMistake(siteNames(file), flags.site);
  if (mistake !== undefined) throw new UsageError(`${chosen.file}: ${mistake}`);
  const { program } = await prepared(checked);
  const registered = await runWithMocks(program, {
    project: "homelab-ha",
    stack: chosen.stack,
    config: mockConfig(file.own, sites),
    world: worldFromSites(sites),
  });
  const made = placeholders(sites, file);
  const own = flags.site === undefined ? made : made.sites[flags.site];
  const masked = mask(own?.statsPasswords ?? {});
  const all = registered.flatMap(({ type, inputs, parentUrn }): RenderedFile[] => {
    const { create, stdin } = inputs;
    if (flags.site !== undefined && siteOf(registered, parentUrn) !== flags.site) return [];
    if (type !== "command:remote:Command" || typeof create !== "string") return [];
    const place = placeOfScript(create);
    return place === undefined ? [] : [{ ...place, text: masked(String(stdin ?? "")) }];
  });
  const key = ({ host, path }: PlacedText) => `${host} ${path}`;
  return { stack: chosen.stack, all: all.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

/** The site that a resource is in: the name of the component of that kind above it. */
function siteOf(
  registered: readonly RegisteredResource[],
  parentUrn: string | undefined,
): string | undefined {
  const parent = registered.find(({ urn }) => urn === parentUrn);
  if (!parent) return undefined;
  return parent.type === "homelab:components:Site"
    ? parent.name
    : siteOf(registered, parent.parentUrn);
}

/** Puts the name of each secret in the place of what stands in for it here. */
function mask(statsPasswords: Readonly<Record<string, string>>): (text: string) => string {
  return (text) =>
    Object.entries(statsPasswords).reduce(
      (before, [name, value]) =>
        before.replaceAll(value, `<homelab:secrets.statsPasswords.${name}>`),
      text,
    );
}
