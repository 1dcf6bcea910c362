/** Lines of keepalived that read files differently; newer ones count as the last. */
export type Release = "2.2" | "2.3" | "2.4";

/** What a file of keepalived is read against: the host that it is on. */
export interface KeepalivedHost {
  /** Its name up to the first dot, which lines with `@name` are for. @default unknown */
  name?: string;
  /** Further files on the host by their absolute path, for `include`. @default none */
  files?: ReadonlyMap<string, string>;
  /** Absolute path of the file itself. @default /etc/keepalived/keepalived.conf */
  path?: string;
  /** As the last of its line reads it: 2.2.7, 2.3.4. @default 2.3 */
  release?: Release;
  /** @default every name that Linux allows */
  hasInterface?(name: string): boolean;
  /** Whether the host has a user, and a group where one is given. @default every user, also keepalived's own default for scripts */
  hasUser?(name: string, group?: string): boolean;
  /** First address of an interface. @default unknown */
  addressOf?(device: string, family: 4 | 6): string | undefined;
  /** Whether a command exists and may be run. @default every command */
  hasCommand?(command: string): boolean;
  /** Whether `/bin` and `/sbin` are links into `/usr`, as on Debian and Ubuntu. @default unknown */
  mergedUsr?: boolean;
}

/** Whether the host's keepalived is of a line or a later one. */
export function isSince(release: Release, host: KeepalivedHost): boolean {
  return (host.release ?? "2.3") >= release;
}

/** Where keepalived looks for its configuration, unless it is told otherwise. */
export const MAIN_FILE = "/etc/keepalived/keepalived.conf";

/** The user that keepalived runs scripts as where nobody states one; Debian's package does not create it. */
export const SCRIPT_USER = "keepalived_script";

/** Something in a file that keepalived does not do as it is written. */
export interface ConfNote {
  /** Line number, from 1, in `file`. */
  line: number;
  /** @default the file itself */
  file?: string;
  /** What keepalived does, as the rest of a sentence that starts with the place. */
  message: string;
  /** How to mend it. @default unknown */
  fix?: string;
  /** Whether what is lost decides who has the address. @default false */
  decisive?: boolean;
}

/** keepalived ends instead of running with the file. */
export class Refused extends Error {
  constructor(
    message: string,
    /** How to mend it. */
    readonly fix: string,
  ) {
    super(message);
  }
}

/**
 * A keyword whose block was dropped, and which has no "{" that would be dropped with it: the daemon
 * then writes into what was never made.
 */
export function lostKeyword(what: string): Refused {
  return new Refused(
    `a keyword of ${what} stands where keepalived made no such block`,
    'give the block one name and put "{" behind it',
  );
}
