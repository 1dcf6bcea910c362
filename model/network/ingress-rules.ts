import type { Finding } from "../finding";

/**
 * Host names of a tunnel's ingress rules, in their order: each must lie in the tunnel's zone, and
 * none may be hidden by a rule before it, for the first match wins.
 *
 * @see https://github.com/cloudflare/cloudflared/blob/master/ingress/rule.go `Matches`: a wildcard takes every level below it
 */
export function judgeHostnames(zone: string, hostnames: readonly string[]): Finding[] {
  return hostnames.flatMap((host, index): Finding[] => {
    const problem = (message: string, fix: string): Finding => ({
      rule: "tunnel-hostname",
      path: ["ingress", index, "hostname"],
      message,
      fix,
      severity: "error",
    });
    const outside = host !== zone && !host.endsWith(`.${zone}`);
    const earlier = hostnames.slice(0, index).find((other) => covers(other, host));
    return [
      ...(outside
        ? [
            problem(
              `"${host}" is outside the zone "${zone}"`,
              `use a name that ends in .${zone}, or move it to a tunnel of its own zone`,
            ),
          ]
        : []),
      ...(earlier === undefined
        ? []
        : earlier === host
          ? [problem(`"${host}" has a rule already`, "remove one of the two")]
          : [
              problem(
                `"${host}" is never reached, because "${earlier}" stands before it and the first match wins`,
                "put the wildcard last",
              ),
            ]),
    ];
  });
}

/** Records to be taken over for host names that no rule has: nothing would ever answer there. */
export function judgeRecords(records: readonly string[], hostnames: readonly string[]): Finding[] {
  return records
    .filter((host) => !hostnames.includes(host))
    .map((host) => ({
      rule: "tunnel-hostname",
      path: ["existing", "records", host],
      message: `found "${host}", which no rule has`,
      fix: "add its rule, or leave the record alone by removing it here",
      severity: "error",
    }));
}

/** Whether a rule for `pattern` takes every request for `host`. */
function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}
