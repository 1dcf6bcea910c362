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
  const networks = segments.map(({ name, cidr }) => ({
    name: `segment "${name}"`,
    text: cidr,
    path: [...root, name, "cidr"],
  }));
  const pools = segments.flatMap((segment) =>
    segment.pools.map((pool) => ({
      name: `pool "${segment.name}.${pool.name}"`,
      text: pool.range,
      path: [...root, segment.name, "pools", pool.name, "range"],
      segment,
    })),
  );
  return [
    ...overlaps(networks, "give each broadcast domain a network of its own"),
    ...pools.flatMap((pool) => judgePool(pool, pool.segment)),
    ...overlaps(pools, "shrink one of them, for each hands out its addresses by itself"),
  ];
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
  const [first, last] = bounds(text);
  const [network, broadcast] = bounds(segment.cidr);
  const whose = `segment "${segment.name}" ${segment.cidr}`;
  if (first < network || last > broadcast) {
    const message = `${text} of ${name} lies ${last < network || first > broadcast ? "" : "partly "}outside ${whose}`;
    return [problem(path, message, "correct the range, or move the pool to its segment")];
  }
  // Networks of one or two addresses have no such ends (RFC 3021).
  if (broadcast - network < 3) return [];
  const ends = [
    ...(first === network ? ["network"] : []),
    ...(last === broadcast ? ["broadcast address"] : []),
  ];
  if (ends.length === 0) return [];
  const message = `${text} of ${name} contains the ${ends.join(" and the ")} of ${whose}, which no host can have`;
  return [problem(path, message, "leave out the first and the last address of the segment")];
}

function problem(path: Path, message: string, fix: string): Finding {
  return { rule: "network-segment", path, message, fix, severity: "error" };
}
