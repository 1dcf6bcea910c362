import { parse } from "yaml";
import { z } from "zod";
import type { TraefikRelease } from "./traefik";

/** The part of a stack file that the lab reads. */
const withPairs = z.looseObject({
  config: z.looseObject({
    "homelab:traefikPairs": z.record(
      z.string(),
      z.looseObject({
        traefik: z.object({ version: z.string(), sha256: z.string().exactOptional() }),
      }),
    ),
  }),
});

/** The Traefik of the first pair in a stack file: the lab rehearses with what the house runs. */
export function releaseIn(stackFile: string): TraefikRelease {
  const { data } = withPairs.safeParse(parse(stackFile));
  const [first] = Object.values(data?.config["homelab:traefikPairs"] ?? {});
  if (!first) {
    throw new Error(
      "found no Traefik pair with a release in the stack file; add one below homelab:traefikPairs",
    );
  }
  return first.traefik;
}
