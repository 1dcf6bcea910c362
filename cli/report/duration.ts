/** A length of time for people: `0.6 s`, `45 s`, `2 min`, `3 h`, `2 d`; `never` for one without end. */
export function durationText(length: number): string {
  if (!Number.isFinite(length)) return "never";
  const { value, unit } = scaled(length);
  return `${value} ${unit}`;
}

/** A range of time; the unit is written once where one serves both ends: `2-4 min`. */
export function rangeText([from, to]: readonly [number, number]): string {
  const high = scaled(to);
  const low = from >= seconds[high.unit] ? scaled(from, high.unit) : scaled(from);
  if (low.unit !== high.unit) return `${low.value} ${low.unit}-${high.value} ${high.unit}`;
  return low.value === high.value
    ? `${high.value} ${high.unit}`
    : `${low.value}-${high.value} ${high.unit}`;
}

type Unit = "s" | "min" | "h" | "d";

const seconds: Record<Unit, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

function scaled(length: number, unit = bestUnit(length)): { value: string; unit: Unit } {
  const value = length / seconds[unit];
  return { value: String(value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)), unit };
}

function bestUnit(length: number): Unit {
  if (length === seconds.min) return "min";
  if (length < 89.5) return "s";
  if (length < 89.5 * seconds.min) return "min";
  return length < 47.5 * seconds.h ? "h" : "d";
}
