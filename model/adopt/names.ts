/**
 * A name for the stack file: lower-case letters, digits and hyphens, a letter first.
 *
 * @param taken names that are given already; the new one is added
 * @param suffix what tells two things of one name apart, e.g. the VMID
 */
export function stackName(text: string, taken: Set<string>, suffix: string | number): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 50)
    .replace(/-+$/, "");
  const base = plain === "" ? `guest-${suffix}` : plain;
  let name = base;
  for (let more = `${suffix}`; taken.has(name); more = `${more}-2`) name = `${base}-${more}`;
  taken.add(name);
  return name;
}

/**
 * The name that Proxmox has, as it is; one that another guest has too, and one that is none, is
 * made to one.
 */
export function keptName(
  text: string,
  allowed: RegExp,
  taken: Set<string>,
  suffix: string | number,
): string {
  if (!allowed.test(text)) return stackName(text, taken, suffix);
  let name = text;
  for (let more = `${suffix}`; taken.has(name); more = `${more}-2`) name = `${text}-${more}`;
  taken.add(name);
  return name;
}
