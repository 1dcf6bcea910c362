/** Metrics that this project's exporters, the blackbox exporter and Prometheus itself have of a stack. */
const METRIC =
  /\b(homelab_[a-z_]+|probe_[a-z_]+|up|node_textfile_mtime_seconds)(?:\{([^}]*)\}|(?![\w"(]))/g;

/**
 * A query that sees one stack only: two stacks, or two sites, may have pairs of one name, and one
 * Prometheus may scrape both.
 *
 * @param expr query whose selectors have no label `stack`
 */
export function ofStack(expr: string, stack: string): string {
  return expr.replace(METRIC, (whole, metric: string, selector: string | undefined) => {
    if (selector?.includes("stack=")) return whole;
    const labels = [...(selector ? [selector] : []), `stack="${stack}"`];
    return `${metric}{${labels.join(",")}}`;
  });
}
