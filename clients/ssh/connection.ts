import { type ConnectConfig, type ServerHostKeyAlgorithm, utils } from "ssh2";

/** How a host is reached; the fields of `connection` of pulumi-command. */
export interface SshConnection {
  host: string;
  /** @default 22 */
  port?: number;
  /** @default root */
  user?: string;
  /** Public host key as `ssh-keyscan` prints it, without the host's name. @default any key is taken */
  hostKey?: string;
  privateKey?: string;
  /** Password of the private key. */
  privateKeyPassword?: string;
  password?: string;
  /** @default the environment's SSH_AUTH_SOCK */
  agentSocketPath?: string;
  /** Failed dials after which one more is the last; -1 goes on for ever. @default 10 */
  dialErrorLimit?: number;
  /** Seconds that one dial may take; 0 is no limit. @default 15 */
  perDialTimeout?: number;
  /** Host through which this one is reached, with its own pinned key. @default it is reached directly */
  proxy?: JumpHost;
}

/** A jump host; it is logged in to with the same keys unless it has its own. */
export type JumpHost = Omit<SshConnection, "proxy" | "dialErrorLimit" | "perDialTimeout">;

/** The connection to the jump host of one that has it. */
export function hopOf({
  proxy,
  ...connection
}: SshConnection & { proxy: JumpHost }): SshConnection {
  const { privateKey, privateKeyPassword, password, agentSocketPath, perDialTimeout } = connection;
  const own =
    proxy.privateKey === undefined && proxy.password === undefined
      ? { privateKey, privateKeyPassword, password }
      : {};
  const keys = { agentSocketPath, perDialTimeout, ...own };
  const stated = Object.fromEntries(
    Object.entries(keys).filter(([, value]) => value !== undefined),
  );
  return { ...stated, ...proxy };
}

/**
 * What the library is told of a connection.
 *
 * @param leftMs milliseconds that are left for it
 * @throws Error for a key that is none
 */
export function connectConfig(connection: SshConnection, leftMs: number): ConnectConfig {
  const { host, port = 22, user = "root", password, privateKey, perDialTimeout = 15 } = connection;
  const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  const passphrase = connection.privateKeyPassword;
  if (privateKey !== undefined) {
    const key = utils.parseKey(privateKey, passphrase);
    if (key instanceof Error) throw new Error(`connection.privateKey: ${key.message}`);
  }
  // Go tries each method once, so the agent's keys do not come into play beside a private key.
  const authHandler: ("publickey" | "password" | "keyboard-interactive" | "agent")[] = [
    ...(privateKey === undefined ? [] : (["publickey"] as const)),
    ...(password === undefined ? [] : (["password", "keyboard-interactive"] as const)),
    ...(privateKey !== undefined || !agent ? [] : (["agent"] as const)),
  ];
  return {
    host,
    port,
    username: user,
    authHandler,
    tryKeyboard: password !== undefined,
    // The real provider bounds only the TCP connection; this also bounds a server that never greets.
    readyTimeout: readyMs(perDialTimeout, leftMs),
    // The real provider waits until TCP gives a dead host up; a rehearsal shall end sooner.
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    ...(privateKey === undefined ? {} : { privateKey, passphrase }),
    ...(password === undefined ? {} : { password }),
    ...(agent ? { agent } : {}),
    ...pinned(connection),
  };
}

/** Milliseconds for one attempt, 0 for no limit. */
function readyMs(perDialTimeout: number, leftMs: number): number {
  const one = perDialTimeout === 0 ? Infinity : perDialTimeout * 1000;
  const ms = Math.min(one, Math.max(1, leftMs));
  return Number.isFinite(ms) ? ms : 0;
}

/** Takes the pinned key only, and asks the host for no other kind, as the real provider does. */
function pinned({ hostKey }: SshConnection): ConnectConfig {
  if (hostKey === undefined) return {};
  const key = utils.parseKey(hostKey);
  if (key instanceof Error) throw new Error(`failed to parse host key: ${key.message}`);
  return { algorithms: { serverHostKey: [key.type as ServerHostKeyAlgorithm] } };
}
