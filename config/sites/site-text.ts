import { stackSchema } from "../stack";
import { SITES } from "./site-schema";

const SECTION_IN_TEXT = new RegExp(
  // A key that a message quotes stays as it is written.
  `(?<!")homelab:(?=(${Object.keys(stackSchema.shape).join("|")})\\b)`,
  "g",
);
const SECRET_IN_TEXT = /homelab:secrets\.(?!sites\b)/g;

/** A sentence about one site's sections, as it has to read in a file with several. */
export function inSiteText(text: string, site: string): string {
  return text
    .replaceAll(SECTION_IN_TEXT, `homelab:${SITES}.${site}.`)
    .replaceAll(SECRET_IN_TEXT, `homelab:secrets.${SITES}.${site}.`);
}
