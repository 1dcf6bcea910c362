/** What a static configuration of Traefik says about certificates and its health. */
export interface TraefikStaticFile {
  /** Whether it answers `/ping`. */
  ping: boolean;
  /** Ports of its entry points; 8080 is the one that Traefik makes by itself. */
  ports: number[];
  /** Resolvers that ask for certificates. */
  acme: { name: string; storage: string; challenge: "dns" | "http or tls" }[];
}

/**
 * Reads a static configuration.
 *
 * @param parsed content of a YAML file
 * @returns nothing when it is none: it has no entry points
 */
export function traefikStaticOf(parsed: unknown): TraefikStaticFile | undefined {
  const root = lower(parsed);
  const entryPoints = Object.values(lower(root.entrypoints));
  if (entryPoints.length === 0) return undefined;
  const ports = entryPoints.flatMap((entry) => {
    const port = /:(\d+)(\/\w+)?$/.exec(String(lower(entry).address ?? ""))?.[1];
    return port === undefined ? [] : [Number(port)];
  });
  const acme = Object.entries(lower(root.certificatesresolvers)).flatMap(([name, resolver]) => {
    const settings = lower(resolver).acme;
    if (settings === undefined) return [];
    const { dnschallenge, storage } = lower(settings);
    const challenge: "dns" | "http or tls" = dnschallenge === undefined ? "http or tls" : "dns";
    return [{ name, storage: typeof storage === "string" ? storage : "acme.json", challenge }];
  });
  return { ping: root.ping !== undefined, ports: [...ports, 8080], acme };
}

/** A record with its keys in small letters, as Traefik compares them; none for anything else. */
function lower(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toLowerCase(), item ?? {}]),
  );
}
