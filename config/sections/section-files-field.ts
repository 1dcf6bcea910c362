import { posix } from "node:path";
import { z } from "zod";
import { shown } from "./network";

/** Why a path cannot name a file of sections, with the fix; undefined where it can. */
function pathMistake(path: unknown): string | undefined {
  const found = `found ${shown(path)}, expected`;
  if (typeof path !== "string") return `${found} a path; write e.g. guests.homelab.yaml`;
  const [first = ""] = posix.normalize(path).split("/");
  if (first === ".." || first === "" || path.includes("\\")) {
    return `${found} a path inside the folder of the stack file; move the file there and write e.g. guests.homelab.yaml`;
  }
  if (!/\.ya?ml$/.test(path)) {
    return `${found} a name that ends in .yaml; write e.g. guests.homelab.yaml`;
  }
  const stack = /^Pulumi\.(.+)\.ya?ml$/.exec(posix.basename(path))?.[1];
  if (stack !== undefined) {
    return `${found} a name of its own, because Pulumi takes this one for the stack "${stack}"; rename it, e.g. guests.homelab.yaml`;
  }
  return undefined;
}

/** Files beside the stack file that hold whole sections of it. */
export const filesSchema = z
  .array(
    z
      .string({ error: ({ input }) => pathMistake(input) })
      .refine((path) => pathMistake(path) === undefined, {
        error: ({ input }) => pathMistake(input),
      }),
  )
  .superRefine((paths, context) => {
    for (const [index, path] of paths.entries()) {
      const first = paths.findIndex((other) => posix.normalize(other) === posix.normalize(path));
      if (first === index) continue;
      context.addIssue({
        code: "custom",
        path: [index],
        message: `found ${shown(path)} a second time; name each file once`,
      });
    }
  });
