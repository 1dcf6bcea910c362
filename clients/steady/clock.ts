/**
 * Milliseconds of the machine's monotonic clock, with fractions. Every process of the machine reads
 * the same one, so times noted by different processes can be subtracted.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
