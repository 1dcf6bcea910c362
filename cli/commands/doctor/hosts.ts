import { budgets, within } from "../../../clients/deadline";
import { dial, runOn } from "../../../clients/ssh/client";
import type { JumpHost } from "../../../clients/ssh/connection";
import { fingerprint, type ShownKey, shownHostKeyOrOther } from "../../../clients/ssh/host-key";
import type { Path } from "../../../config/file/raw";
import type { LoggedInHost } from "../../../config/logged-in-hosts";
import { hostQuestion, judgeHost } from "../../../model/doctor/host";
import { type CheckResult, resultsOf } from "../../../model/doctor/types";
import { foreign } from "../../../model/foreign-text";
import { withPort } from "../../../model/network/address";
import { errorText } from "../../../model/text";
import { handoverScript } from "../../../templates/keepalived/handover";
import { readPrivateKey } from "../../lib/private-key";
import { checkJumpHost, wayTo } from "./jump-host";

/** How hosts are logged in to. */
export interface HostAccess {
  user: string;
  port: number;
  /** File with the private key. @default the stack's secret, else the keys of the SSH agent */
  identity?: string;
  /** Stack that has the private key, and where among its secrets. @default none has */
  secretKeyOf: { stack: string; path: Path } | undefined;
  env: NodeJS.ProcessEnv;
  /** Host through which they are reached. @default directly */
  proxy?: JumpHost | undefined;
}

/** The key that a host showed, with what is pinned for it. */
export interface ShownHost extends ShownKey {
  name: string;
  address: string;
  /** Place of the key in the stack file, from the section downwards. */
  path: LoggedInHost["keyPath"];
  /** - `new`: none is pinned; `other`: another one is; `same`: this one is */
  pinned: "new" | "other" | "same";
}

/** Asks every host for its key and, where that is the pinned one, for what an `up` expects of it. */
export async function checkHosts(
  hosts: readonly LoggedInHost[],
  access: HostAccess,
): Promise<{ checks: CheckResult[]; shown: ShownHost[] }> {
  // Read once, and only where a host may be logged in to.
  const privateKey = keyOf(access);
  privateKey.catch(() => {});
  const jump = access.proxy ? await checkJumpHost(access.proxy, access.env, privateKey) : [];
  const checked = await Promise.all(hosts.map((host) => checkHost(host, access, privateKey)));
  return {
    checks: [...jump, ...checked.flatMap(({ checks }) => checks)],
    shown: checked.flatMap(({ shown }) => shown ?? []),
  };
}

interface CheckedHost {
  checks: CheckResult[];
  shown?: ShownHost;
}

async function checkHost(
  host: LoggedInHost,
  access: HostAccess,
  privateKey: Promise<string | undefined>,
): Promise<CheckedHost> {
  const { name, address, hostKey } = host;
  const where = withPort(address, access.port);
  const key = resultsOf("host key", name);
  const login = resultsOf("login", name);
  let seen: ShownKey;
  try {
    const way = wayTo(address, access, privateKey);
    seen = await shownHostKeyOrOther(address, access.port, hostKey?.split(" ")[0], way);
  } catch (error) {
    return {
      checks: [
        key.problem(
          `${where} shows no host key: ${foreign(errorText(error))}`,
          "see whether the host is up, and whether its SSH server listens there (homelab:cluster.ssh.port)",
        ),
        login.notChecked("it shows no host key"),
      ],
    };
  }
  const pinned = hostKey === undefined ? "new" : hostKey === seen.key ? "same" : "other";
  const shown: ShownHost = { ...seen, name, address, path: host.keyPath, pinned };
  const compare = `compare on the console of ${name}: ssh-keygen -lf /etc/ssh/ssh_host_${kindOf(seen.key)}_key.pub`;
  if (pinned === "new") {
    const found = `none is pinned; ${where} shows ${seen.fingerprint}`;
    const checks = [
      key.problem(found, compare, `if it is the same: homelab doctor --accept ${name}`),
      login.notChecked("its host key is not pinned yet"),
    ];
    return { shown, checks };
  }
  if (pinned === "other") {
    const expected = fingerprint(Buffer.from(hostKey?.split(" ")[1] ?? "", "base64"));
    const checks = [
      key.problem(
        `${where} shows ${seen.fingerprint}, and ${expected} is pinned: it was installed anew, or it is another host`,
        compare,
        `only if it is the same as shown: homelab doctor --accept ${name}`,
      ),
      login.notChecked("its host key is not the pinned one"),
    ];
    return { shown, checks };
  }
  const rest = await logIn(host, access, privateKey);
  return { shown, checks: [key.ok(`${seen.fingerprint} is pinned`), ...rest] };
}

async function logIn(
  host: LoggedInHost,
  { user, port, env, proxy }: HostAccess,
  key: Promise<string | undefined>,
): Promise<CheckResult[]> {
  const { name, address, hostKey } = host;
  const { ok, problem, notChecked } = resultsOf("login", name);
  let privateKey: string | undefined;
  try {
    privateKey = await key;
  } catch (error) {
    return [problem(foreign(errorText(error)), "name a private key with --identity")];
  }
  if (privateKey === undefined && !env.SSH_AUTH_SOCK) {
    return [
      problem(
        "no private key: no --identity, no homelab:secrets.sshPrivateKey, and no SSH agent",
        "start an agent and `ssh-add` the key, or name it with --identity",
      ),
    ];
  }
  const end = Date.now() + budgets.question.totalMs;
  try {
    const client = await dial(
      {
        host: address,
        port,
        user,
        dialErrorLimit: 0,
        perDialTimeout: 5,
        ...(hostKey !== undefined && { hostKey }),
        ...(privateKey !== undefined && { privateKey }),
        ...(proxy && { proxy }),
      },
      budgets.question.totalMs,
    );
    try {
      const script = host.handover && handoverScript(host.handover);
      const asked = Date.now();
      const budget = within(budgets.question, end - asked);
      const { stdout } = await runOn(client, hostQuestion(script), { budget });
      return [
        ok(`${user} is let in at ${withPort(address, port)}`),
        ...judgeHost(host, stdout, [asked, Date.now()]),
      ];
    } catch (error) {
      return [
        ok(`${user} is let in at ${withPort(address, port)}`),
        resultsOf("host", name).problem(
          `it lets SSH in, but ${foreign(errorText(error))}`,
          "look at its console: its disk or its memory hangs",
        ),
      ];
    } finally {
      client.end();
    }
  } catch (error) {
    const reason = foreign(errorText(error)).replace(/^after \d+ failed attempts: /, "");
    if (!reason.includes("unable to authenticate")) return [notChecked(reason)];
    return [
      problem(
        `${user} is not let in at ${withPort(address, port)} with ${privateKey === undefined ? "the keys of the SSH agent" : "the private key"}`,
        `put its public key into authorized_keys of ${user} on ${name}: ssh-copy-id -p ${port} ${user}@${address}`,
      ),
    ];
  }
}

async function keyOf({ identity, secretKeyOf }: HostAccess): Promise<string | undefined> {
  if (identity !== undefined) return readPrivateKey(identity);
  if (secretKeyOf === undefined) return undefined;
  const { realStack, secretOf } = await import("../rollback/state.js");
  return secretOf(await realStack(secretKeyOf.stack), secretKeyOf.path);
}

/** As OpenSSH names the file of a key. */
function kindOf(key: string): string {
  const [type = ""] = key.split(" ");
  return type.startsWith("ecdsa") ? "ecdsa" : type.replace(/^ssh-/, "");
}
