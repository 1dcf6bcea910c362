import { unsignedIn } from "../numbers";
import type { CompleteInstance, Instance } from "../state";
import type { Keyword, Keywords, Statement } from "../stream";

type Now = () => Instance;
type Note = (message: string, fix?: string) => void;

/** `authentication { … }`. */
export function authentication(now: Now): Keywords {
  return new Map<string, Keyword>([
    [
      "auth_type",
      {
        run: (statement) => {
          const type = statement.argument();
          if (type === "AH" || type === "PASS") now().authType = type;
          else statement.note(`has the authentication type "${type}", which does not exist`);
          statement.extra(2);
        },
      },
    ],
    [
      "auth_pass",
      {
        run: (statement) => {
          now().authPass = Buffer.from(statement.argument()).subarray(0, 8).toString();
          statement.extra(2);
        },
      },
    ],
  ]);
}

/** Authentication by keys, which came with 2.4. */
export const hmac = (now: Now): Keyword => ({
  run: () => {
    now().hmac ??= { keys: [], active: 0 };
  },
  block: new Map<string, Keyword>([
    ["key", { run: (statement) => hmacKey(statement, now()) }],
    [
      "active_key",
      {
        run: (statement) => {
          const { value, taken } = unsignedIn(statement.argument(), 1, 255);
          const { hmac: found } = now();
          if (found && taken) found.active = value;
        },
      },
    ],
    ...["time_window", "anti_replay", "mode"].map((keyword): [string, Keyword] => [keyword, {}]),
  ]),
});

function hmacKey(statement: Statement, { hmac: found }: Instance): void {
  const [, id = "", key] = statement.words;
  const { value, taken } = unsignedIn(id, 1, 255);
  if (found === undefined || key === undefined || !taken) return;
  const length = key.startsWith("hex:") ? (key.length - 4) / 2 : key.length;
  if (key.startsWith("file:") || (length >= 32 && length <= 64)) found.keys.push(value);
  else statement.note(`has a key of ${length} bytes, which is ignored`, "use 32 to 64 bytes");
}

/** Drops an authentication that does not go together with the rest of its instance. */
export function completeAuthentication(instance: CompleteInstance, note: Note): void {
  password(instance, note);
  hmacInstead(instance, note);
}

function password(instance: CompleteInstance, note: Note): void {
  const { authType, authPass = "", version, strict, family } = instance;
  if (authType === undefined) {
    if (authPass !== "") {
      note("has auth_pass without auth_type, which is no authentication", "add auth_type PASS");
    }
    delete instance.authPass;
    return;
  }
  const why = strict
    ? "vrrp_strict knows none"
    : version === 3
      ? "VRRPv3 knows none"
      : authPass === ""
        ? "it has no password"
        : family === 6 && authType === "AH"
          ? "IPv6 has no AH"
          : undefined;
  if (why !== undefined) {
    note(`has an authentication that is ignored: ${why}`);
    delete instance.authType;
    delete instance.authPass;
  } else if (authType === "AH" && instance.priority !== 255) instance.state = "BACKUP";
}

/** Keys of auth_hmac take the place of a password, even where the one that signs is missing. */
function hmacInstead(instance: CompleteInstance, note: Note): void {
  if (instance.hmac === undefined) return;
  if (!instance.hmac.keys.includes(instance.hmac.active)) {
    note("has an auth_hmac without its active_key, which is no authentication", "name the key");
    delete instance.hmac;
  }
  delete instance.authType;
  delete instance.authPass;
}
