import { pendingId } from "./ids";
import type { StateResource } from "./state";

/** A resource as people know it from the engine: its type and its name. */
export const nameOf = ({ type, urn }: Pick<StateResource, "type" | "urn">) =>
  `${type} "${urn.split("::").at(-1)}"`;

/** What became of a creation that was cut off. */
export function sentence(resource: StateResource, exists: boolean): string {
  const what = nameOf(resource);
  const found = pendingId(resource);
  if (found.kind === "repeatable") return `${what} will be created again: ${found.why}`;
  if (found.kind === "unknown") {
    return `${what} may exist already, and its id is unknown; look for it, then run \`pulumi import\` or \`pulumi refresh --clear-pending-creates\``;
  }
  return exists
    ? `${what} had been created; it was added to the state`
    : `${what} had not been created; the next up creates it`;
}
