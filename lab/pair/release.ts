import { parse } from "yaml";
import type { TraefikRelease } from "./traefik";

/** The Traefik of the first pair in a stack file: the lab rehearses with what the house runs. */
export function releaseIn(stackFile: string): TraefikRelease {
  const { config } = parse(stackFile) as { config?: Record<string, unknown> };
  const pairs = Object.values((config?.["homelab:traefikPairs"] ?? {}) as Record<string, unknown>);
  const [first] = pairs as { traefik?: TraefikRelease }[];
  if (!first?.traefik) {
    throw new Error("the stack file has no Traefik pair; add one below homelab:traefikPairs");
  }
  const { version, sha256 } = first.traefik;
  return { version, ...(sha256 !== undefined && { sha256 }) };
}
