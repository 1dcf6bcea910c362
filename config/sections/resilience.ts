import { z } from "zod";

const services = z.array(z.string().min(1));

/** What has to survive, whatever else changes. */
export const resilienceSchema = z.strictObject({
  mustSurvive: services
    .default([])
    .describe(
      "Services that the loss of any one node must not take down: going on, failing over and being started elsewhere all count. Names as the report has them, e.g. `dns` or `traefikPairs.traefik`, without the section where that is clear; `all` for every one.",
    ),
  mustSurviveStorage: services
    .default([])
    .describe("The same for the loss of any one storage that nodes share."),
});
