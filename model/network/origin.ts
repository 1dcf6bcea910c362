import { isIPv4, isIPv6 } from "node:net";
import type { Finding } from "../finding";

const rule = "tunnel-origin-address";

/** Origins of cloudflared that are no network address: they have neither host nor path. */
const builtIn = /^(hello_world|hello-world|socks-proxy|bastion|unix(\+tls)?:.+)$/;

/**
 * Whether a tunnel may send requests to this origin: a host by name, such as the DNS name of a
 * Service, or one of cloudflared's own origins (`http_status:404`, a UNIX socket). An address in
 * any spelling is refused, because it moves without the tunnel.
 *
 * @see https://github.com/cloudflare/cloudflared/blob/master/ingress/ingress.go `validateIngress`
 */
export function judgeOrigin(service: string): Finding[] {
  const address = originAddress(service);
  if (address === undefined) return judgeOriginForm(service);
  const { scheme = "https", host = "" } = parts(service);
  const same = address === host.replace(/^\[|\]$/g, "") ? "an address" : `the address ${address}`;
  return [
    problem(
      `the tunnel origin "${shownOrigin(service)}" is ${same}, expected the name of a Service, which stays when the address moves`,
      `use ${scheme}://<service>.<namespace>.svc`,
    ),
    ...judgeOriginForm(service),
  ];
}

/** Whether cloudflared takes the origin at all, whoever is behind it. */
export function judgeOriginForm(service: string): Finding[] {
  if (builtIn.test(service)) return [];
  if (service.startsWith("http_status:")) return judgeStatus(service);
  const shown = shownOrigin(service);
  const { scheme, host, rest = "" } = parts(service);
  if (scheme === undefined || !host) {
    return [
      problem(
        `the tunnel origin "${shown}" has no scheme and host, which cloudflared refuses`,
        "write e.g. https://traefik.traefik.svc:443",
      ),
    ];
  }
  if (!rest.startsWith("/")) return [];
  return [
    problem(
      `the tunnel origin "${shown}" has a path, which cloudflared refuses: the request keeps its own`,
      "remove everything from the first slash after the host",
    ),
  ];
}

/** The address that an origin is, in its usual spelling. */
export function originAddress(service: string): string | undefined {
  if (builtIn.test(service) || service.startsWith("http_status:")) return undefined;
  const { host = "" } = parts(service);
  return host === "" ? undefined : addressIn(host);
}

function parts(service: string): { scheme?: string; host?: string; rest?: string } {
  const url = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)(:[^/?#]*)?(.*)$/i.exec(
    service,
  );
  const [, scheme, host = "", , rest = ""] = url ?? [];
  return scheme === undefined ? {} : { scheme, host, rest };
}

function judgeStatus(service: string): Finding[] {
  const code = service.slice("http_status:".length);
  if (/^\d{3}$/.test(code) && Number(code) >= 100) return [];
  return [
    problem(
      `the tunnel origin "${service}" has no HTTP status, expected a number from 100 to 999`,
      "write e.g. http_status:404",
    ),
  ];
}

/**
 * The address that a host is, if it is one. The system resolver also takes decimal, hexadecimal
 * and shortened forms; the URL parser spells them out as it does for every `http` URL.
 */
function addressIn(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (bare.includes(":") ? isIPv6(bare) : isIPv4(bare)) return bare;
  if (!URL.canParse(`http://${host}`)) return undefined;
  const { hostname } = new URL(`http://${host}`);
  return isIPv4(hostname) ? hostname : undefined;
}

/** The origin without user and password. */
export function shownOrigin(service: string): string {
  return service.replace(/\/\/[^/?#]*@/, "//***@");
}

function problem(message: string, fix: string): Finding {
  return { rule, path: [], message, fix, severity: "error" };
}
