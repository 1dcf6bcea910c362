/** What keeps a forge from being asked, or what it answered, in one line; never the token. */
export class ForgeError extends Error {
  /** @param kind `settings`: a variable of the CI job is missing or wrong; nothing was sent */
  constructor(
    readonly kind: "settings" | "refused",
    message: string,
  ) {
    super(message);
  }
}
