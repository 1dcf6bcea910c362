import * as proxy from "@pulumi/policy/proxy";

/** What the engine sends for a text, a number, a list or an asset that is not known yet. */
export const unknown = {
  text: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  list: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
};

/** Properties behind the proxy through which CrossGuard shows them; it throws at an unknown. */
export function proxied(props: Record<string, unknown>): Record<string, unknown> {
  // The package exports it for tests and leaves its type out.
  const wrap: unknown = Reflect.get(proxy, "unknownCheckingProxy");
  if (typeof wrap !== "function") throw new Error("@pulumi/policy has no unknownCheckingProxy");
  return wrap(props);
}
