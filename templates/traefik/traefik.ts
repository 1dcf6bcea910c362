import { stringify } from "yaml";
import { TEMPLATE_START } from "../../model/host/server-url";

/** Entry points that the static configuration opens; a route names one of them. */
export const ENTRY_POINTS = ["web", "websecure"] as const;

/** Port of an entry point, by its name. */
export const ENTRY_POINT_PORTS = { web: 80, websecure: 443 } as const;

/** What differs between two Traefik pairs in the static configuration. */
export interface TraefikStatic {
  /** Port of /ping and /metrics on every address of the host. */
  pingPort: number;
  /** Directory of the dynamic configuration. */
  dynamicDirectory: string;
  /**
   * Whole seconds that a stopping Traefik keeps taking requests while /ping already returns 503.
   * It must be longer than the virtual address needs to move, or a planned stop loses requests.
   */
  graceSec: number;
  /** Seconds that open requests may still take at a planned stop. @default as long as at any stop */
  drainSec?: number;
}

/** Seconds that open requests may still take once the grace time is over; Traefik's own default. */
export const TRAEFIK_DRAIN_SEC = 10;

/**
 * Longest seconds that open requests may take once the grace time of a planned stop is over. Idle
 * connections are closed at its start; at any other stop systemd ends Traefik after `TRAEFIK_DRAIN_SEC`.
 */
export const plannedDrainSec = (drainSec = 0) => Math.max(TRAEFIK_DRAIN_SEC, drainSec);

/** `/etc/traefik/traefik.yml`. Traefik reads it at start only. */
export function traefikStatic(config: TraefikStatic): string {
  const transport = {
    lifeCycle: {
      requestAcceptGraceTimeout: `${config.graceSec}s`,
      graceTimeOut: `${plannedDrainSec(config.drainSec)}s`,
    },
  };
  return stringify(
    {
      global: { checkNewVersion: false, sendAnonymousUsage: false },
      log: { level: "INFO" },
      entryPoints: {
        web: { address: `:${ENTRY_POINT_PORTS.web}`, transport },
        websecure: { address: `:${ENTRY_POINT_PORTS.websecure}`, transport },
        // /ping has to outlive the stop as long as the requests do: it is what moves the address.
        management: { address: `:${config.pingPort}`, transport },
      },
      ping: { entryPoint: "management" },
      metrics: { prometheus: { entryPoint: "management" } },
      // No router of its own: a hand-written file may route to `api@internal`.
      api: { dashboard: true, insecure: false },
      providers: {
        // rsync's own temporary file is an event too, and the real change then waits out the
        // throttle: 2 s by default.
        providersThrottleDuration: "100ms",
        file: { directory: config.dynamicDirectory, watch: true },
      },
    },
    { aliasDuplicateObjects: false },
  );
}

/** One host name and the back ends behind it. */
export interface TraefikRoute {
  /** Host name; the first label may be `*`. */
  host: string;
  /** URLs of the back ends, balanced. */
  servers: readonly string[];
  entryPoint: string;
}

/**
 * `routes.yml` in the dynamic directory: a router and a service per route, both under its name.
 * Traefik reloads it by itself. Certificates come from other files of that directory, because
 * two Traefiks must never ask for the same ones over ACME.
 */
export function traefikDynamic(routes: Readonly<Record<string, TraefikRoute>>): string {
  const names = Object.keys(routes).sort();
  // Traefik refuses an empty `http` section, and one refused file rejects the whole directory.
  if (names.length === 0) return "{}\n";
  const routers: Record<string, unknown> = {};
  const services: Record<string, unknown> = {};
  for (const name of names) {
    const route = routes[name];
    if (!route) continue;
    routers[name] = {
      entryPoints: [route.entryPoint],
      rule: rule(route.host),
      service: name,
      ...(route.entryPoint === "websecure" ? { tls: {} } : {}),
    };
    services[name] = {
      loadBalancer: { servers: route.servers.map((url) => ({ url })), passHostHeader: true },
    };
  }
  return inert(stringify({ http: { routers, services } }));
}

/** Traefik runs every file of the directory as a Go template before it reads it; data must not be one. */
function inert(text: string): string {
  if (!text.includes(TEMPLATE_START)) return text;
  throw new Error(
    `dynamic configuration: found "${TEMPLATE_START}", which Traefik would run as a template`,
  );
}

/** A certificate and its key as absolute paths. */
export interface CertificatePair {
  certificate: string;
  key: string;
}

/** File of the dynamic directory that names the certificates: Traefik picks one by the host name asked for. */
export function traefikCertificates(pairs: readonly CertificatePair[]): string {
  return inert(
    stringify({
      tls: {
        certificates: pairs.map(({ certificate, key }) => ({
          certFile: certificate,
          keyFile: key,
        })),
      },
    }),
  );
}

/** Traefik's rule for a host name; a leading `*` stands for exactly one label. */
function rule(host: string): string {
  if (!/^(\*\.)?[a-z0-9.-]+$/.test(host)) {
    throw new Error(`route host: found ${JSON.stringify(host)}, expected a DNS host name`);
  }
  if (!host.startsWith("*.")) return `Host(\`${host}\`)`;
  return `HostRegexp(\`^[a-z0-9-]+${host.slice(1).replaceAll(".", "\\.")}$\`)`;
}
