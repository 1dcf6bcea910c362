import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import type { Report } from "../../cli/report/types";

/** Reads what the code under test wrote, e.g. `jsonOf(z.looseObject({ ok: z.boolean() }), stdout)`. */
export function jsonOf<T>(schema: z.ZodType<T>, text: string): T {
  return recorded(schema, text, text.slice(0, 200));
}

const report = z.looseObject({
  action: z.enum(["preview", "up", "destroy"]),
  stack: z.string(),
  file: z.string(),
  ok: z.boolean(),
  problems: z.array(z.looseObject({ path: z.string(), message: z.string() })),
  notes: z.array(z.string()),
  plan: z
    .looseObject({
      mode: z.looseObject({ kind: z.enum(["engine", "mock"]) }),
      resources: z.array(
        z.looseObject({
          urn: z.string(),
          type: z.string(),
          name: z.string(),
          operation: z.string(),
        }),
      ),
      policies: z.array(
        z.looseObject({ unable: z.array(z.unknown()), violations: z.array(z.unknown()) }),
      ),
      diagnostics: z.array(z.unknown()),
    })
    .optional(),
  resilience: z.looseObject({ single: z.array(z.unknown()) }).optional(),
});

/** The report that `--json` prints; the parts that tests look into are checked. */
export function reportIn(stdout: string): Report {
  return { ...(jsonOf(report, stdout) as unknown as Report) };
}
