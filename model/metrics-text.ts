/** A gauge for Prometheus. */
export interface Metric {
  name: string;
  help: string;
  values: { labels?: Record<string, string>; value: number }[];
}

/** A gauge without labels. */
export const one = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  values: [{ value }],
});

/** Gauges in the text format of Prometheus; one without a value is left out. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.length > 0)
    .map(textOf)
    .join("");
}

function textOf({ name, help, values }: Metric): string {
  // The exporter refuses a series that is there twice, and with it everything that it would tell.
  const series = new Map<string, number>();
  for (const { labels = {}, value } of values) {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    const key = `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""}`;
    if (!series.has(key)) series.set(key, value);
  }
  const lines = [...series].map(([key, value]) => `${key} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines, ""].join("\n");
}

/** As the format wants it in a label. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
