// Reasons are written for one guest, and a step tells several guests that share one.
const forms: readonly (readonly [RegExp, string])[] = [
  [/\bits only disk (is|was)\b/g, "their only disks $1 MANY"],
  [/\bits disk on (\S+ of \S+) is\b/g, "their disks on $1 are"],
  [/\bevery copy of its disk\b/g, "every copy of their disks"],
  [/\bits disk is\b/g, "their disks are"],
  [/\bits (disk|replica)\b/g, "their $1s"],
  // The node's, not the guest's.
  [/\bonly its side of the network reaches it\b/g, "only that side of the network reaches them"],
  [/\bits\b/g, "their"],
  [/\bit runs and does not\b/g, "they run and do not"],
  [/\bit takes (\d+ MB) and finds\b/g, "they take $1 and find"],
  [/\bit (is|was)\b/g, "they $1 MANY"],
  [/\bit has\b/g, "they have"],
  [/\bit does\b/g, "they do"],
  [/\bit carries\b/g, "they carry"],
  [/\bit (never )?(run|move|start|wait)s\b/g, "they $1$2"],
  [/\bit (may|can|would)\b/g, "they $1"],
  [/\bis MANY\b/g, "are"],
  [/\bwas MANY\b/g, "were"],
  [/\bit\b/g, "them"],
];

/** The reason of one guest's outcome, said of several: `it is off` becomes `they are off`. */
export function saidOfSeveral(reason: string): string {
  return forms.reduce((text, [pattern, form]) => text.replace(pattern, form), reason);
}
