import type { Finding } from "../finding";

/** A host that holds a tunnel open; undefined for a reference to nothing. */
type Connector = { name: string; node?: string | undefined } | undefined;

/** Hosts that hold one tunnel open: each is there once, and they do not all die with one node. */
export function judgeConnectors(hosts: readonly Connector[]): Finding[] {
  const found = (path: Finding["path"], message: string, fix: string): Finding => ({
    ...{ rule: "tunnel-connectors", path, message, fix, severity: "error" },
  });
  const twice = hosts.flatMap((host, index) =>
    host && hosts.findIndex((other) => other?.name === host.name) < index
      ? [found(["hosts", index], `"${host.name}" is listed twice`, "remove one")]
      : [],
  );
  const [node, ...others] = new Set(hosts.map((host) => host?.node));
  // One host that is listed twice is one mistake.
  const alone = hosts.length - twice.length < 2;
  if (alone || node === undefined || others.length > 0) return twice;
  return [
    ...twice,
    found(
      ["hosts"],
      `all of them are on the node "${node}", so its death takes the tunnel down`,
      "put one on another node",
    ),
  ];
}
