import type { Finding } from "../finding";
import type { AddressPlan } from "./address-plan";
import { bounds, rangesOverlap } from "./address-ranges";

type Segment = AddressPlan["segments"][number];
type Path = (string | number)[];

interface Range {
  name: string;
  text: string;
  path: Path;
}

/**
 * Segments and pools that contradict each other: two segments with an address in common, a pool
 * that leaves its segment or hands out one of its ends, two pools with an address in common.
 *
 * @param root where the segments stand, e.g. `["cluster", "segments"]`
 */
export function judgeSegments(segments: readonly Segment[], root: Path): Finding[] {
  const networks = segments.flatMap(({ name, cidr, cidr6 }) =>
    stated({ cidr, cidr6 }).map(({ key, text }) => ({
      name: `segment "${name}"`,
      text,
      path: [...root, name, key],
    })),
  );
  const pools = segments.flatMap((segment) =>
    segment.pools.flatMap(({ name, range, range6 }) =>
      stated({ range, range6 }).map(({ key, text }) => ({
        name: `pool "${segment.name}.${name}"`,
        text,
        path: [...root, segment.name, "pools", name, key],
        segment,
      })),
    ),
  );
  return [
    ...overlaps(networks, "give each broadcast domain a network of its own"),
    ...pools.flatMap((pool) => judgePool(pool, pool.segment)),
    ...overlaps(pools, "shrink one of them, for each hands out its addresses by itself"),
  ];
}

/** The fields that have a text. */
function stated(fields: Record<string, string | undefined>): { key: string; text: string }[] {
  return Object.entries(fields).flatMap(([key, text]) =>
    text === undefined ? [] : [{ key, text }],
  );
}

/** Each range against those before it; the first that it meets is enough. */
function overlaps(ranges: readonly Range[], fix: string): Finding[] {
  return ranges.flatMap((range, index): Finding[] => {
    const other = ranges.slice(0, index).find((one) => rangesOverlap(one.text, range.text));
    if (other === undefined) return [];
    const message = `${range.text} of ${range.name} overlaps ${other.text} of ${other.name}`;
    return [problem(range.path, message, fix)];
  });
}

function judgePool({ name, text, path }: Range, segment: Segment): Finding[] {
  const { family, first, last } = bounds(text);
  const networks = stated({ cidr: segment.cidr, cidr6: segment.cidr6 }).map((one) => ({
    ...one,
    ...bounds(one.text),
  }));
  const network = networks.find((one) => one.family === family) ?? networks[0];
  if (network === undefined) return [];
  const whose = `segment "${segment.name}" ${network.text}`;
  if (first < network.first || last > network.last) {
    const apart = last < network.first || first > network.last;
    const message = `${text} of ${name} lies ${apart ? "" : "partly "}outside ${whose}`;
    return [problem(path, message, "correct the range, or move the pool to its segment")];
  }
  // Networks of one or two addresses have no such ends (RFC 3021, RFC 6164).
  if (network.last - network.first < 3n) return [];
  const four = family === 4;
  const ends = [
    ...(first === network.first ? [four ? "network" : "anycast address of the routers"] : []),
    ...(four && last === network.last ? ["broadcast address"] : []),
  ];
  if (ends.length === 0) return [];
  const message = `${text} of ${name} contains the ${ends.join(" and the ")} of ${whose}, which no host can have`;
  const fix = four
    ? "leave out the first and the last address of the segment"
    : "leave out the first address of the segment";
  return [problem(path, message, fix)];
}

function problem(path: Path, message: string, fix: string): Finding {
  return { rule: "network-segment", path, message, fix, severity: "error" };
}
