const SHAPE =
  /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:\d{1,5})?(\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$/;

/** Start of an expression that Traefik's file provider would run before it reads a file. */
export const TEMPLATE_START = "{{";

/**
 * Why a text is no URL of a back end: http or https, a host, and at most a port and a path; none when
 * it is one. Whatever else a URL may hold (credentials, queries, template syntax) does not belong
 * into a file on every member. Credentials are never shown.
 */
export function serverUrlMistake(text: string): string | undefined {
  const fix = "write e.g. http://192.168.1.120:3000";
  const shown = JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  const url = parsed(text);
  if (url && (url.username !== "" || url.password !== "")) {
    return `found a URL with credentials, which would stand in a file on every member; remove them, and use a middleware in a file of your own`;
  }
  if (text.includes(TEMPLATE_START)) {
    return `found ${shown}, which Traefik would run as a template; ${fix}`;
  }
  const host = SHAPE.exec(text)?.[1];
  // The parser turns 10.1 or 0x7f.1 into an address: what is written has to be what is meant.
  if (url && host !== undefined && sameHost(url.hostname, host)) return undefined;
  return `found ${shown}, expected a URL with http or https, a host, and at most a port and a path; ${fix}`;
}

const sameHost = (known: string, written: string) =>
  written.startsWith("[") || known === written.toLowerCase();

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
