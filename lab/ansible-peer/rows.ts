import Table from "cli-table3";
import { median } from "../instruments/statistics";

/** One value for each round; nothing where what is measured did not happen. */
export type Measured = readonly (number | undefined)[];

/** One thing that is measured with both, and with the baseline where it can do it. */
export interface PeerRow {
  what: string;
  ours: Measured;
  ansible: Measured;
  /** @default it cannot be measured with it */
  baseline?: Measured;
  unit: "s" | "requests";
  /** Whether ours must not be more than Ansible's. */
  limited?: true;
}

/** Ours ÷ Ansible, of the medians; nothing where one of them is missing or nothing can be divided. */
export function ratioOf({ ours, ansible }: Pick<PeerRow, "ours" | "ansible">): number | undefined {
  const [dividend, divisor] = [median(happened(ours)), median(happened(ansible))];
  return Number.isFinite(dividend) && divisor > 0 ? dividend / divisor : undefined;
}

/** What must not be and is: ours slower than Ansible, or not measured at all. */
export function missesIn(rows: readonly PeerRow[]): string[] {
  return rows.flatMap((row) => {
    if (row.limited !== true) return [];
    const ratio = ratioOf(row);
    if (ratio !== undefined && ratio <= 1) return [];
    const took = `${figure(row.ours, row.unit)} against Ansible's ${figure(row.ansible, row.unit)}`;
    return [`${row.what}: ${took}, expected at most as much`];
  });
}

/** The table of all rows: medians, the slowest in brackets. */
export function peerTable(rows: readonly PeerRow[]): string {
  const head = ["", "ours", "Ansible", "ours ÷ Ansible", "baseline"];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) {
    const { what, ours, ansible, baseline, unit } = row;
    const ratio = ratioOf(row);
    table.push([
      what,
      figure(ours, unit),
      figure(ansible, unit),
      ratio === undefined ? "-" : ratio.toFixed(2),
      baseline === undefined ? "-" : figure(baseline, unit),
    ]);
  }
  return table.toString();
}

const happened = (values: Measured) => values.filter((value) => value !== undefined);

function figure(values: Measured, unit: PeerRow["unit"]): string {
  const found = happened(values);
  if (found.length === 0) return "never";
  const text = (value: number) => (unit === "s" ? `${value.toFixed(2)} s` : String(value));
  const middle = text(median(found));
  const slowest = found.length === 1 ? "" : ` (${text(Math.max(...found))})`;
  const missing = values.length - found.length;
  return `${middle}${slowest}${missing === 0 ? "" : `, ${missing} never`}`;
}
