import { foreign } from "../../model/foreign-text";
import { budgets } from "../deadline";
import { fetchText, type TextAnswer } from "../http/fetch-text";
import { ForgeError } from "./forge-error";
import { unreachableText } from "./http";

/** Who wrote something; GitHub and Forgejo say `login`, GitLab `username`. */
export interface Account {
  id?: number;
  login?: string;
  username?: string;
}

/** Methods that are used. */
export type Method = "GET" | "POST" | "PATCH" | "PUT";

/** The API of one project. */
export interface Api {
  /** Calls a path of the project. */
  call(method: Method, path: string, body?: object): Promise<unknown>;
  /** Whether an account is the one that the token belongs to. */
  isOurs(author: Account | null | undefined): Promise<boolean>;
}

/** Calls a path of the API. */
export type Ask = (method: Method, path: string, body?: object) => Promise<unknown>;

/**
 * The API of one project, and who we are there: asked only when something could be ours.
 *
 * @param bot account of a job's own token, where that may not ask who it is. @default it may
 */
export function apiOf(ask: Ask, project: string, bot?: string): Api {
  let own: Promise<(author: Account) => boolean> | undefined;
  return {
    call: (method, path, body) => ask(method, `${project}${path}`, body),
    isOurs: async (author) => {
      if (author === null || author === undefined) return false;
      own ??= ownAccount(ask, bot);
      return (await own)(author);
    },
  };
}

/** Account of the token that GitHub gives a workflow. No person can have a name with brackets. */
export const gitHubBot = "github-actions[bot]";

async function ownAccount(ask: Ask, bot?: string): Promise<(author: Account) => boolean> {
  let user: unknown;
  try {
    user = await ask("GET", "/user");
  } catch (error) {
    // The token of a workflow is nobody's, so GitHub does not say whose it is.
    if (bot === undefined || !(error instanceof Refusal) || error.status !== 403) throw error;
    return ({ login }) => login === bot;
  }
  const { id } = (user ?? {}) as Account;
  if (!Number.isSafeInteger(id)) {
    throw new ForgeError("refused", "GET /user: the forge does not say whose token this is");
  }
  return (author) => author.id === id;
}

/** An answer that refuses. */
class Refusal extends ForgeError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super("refused", message);
  }
}

/**
 * Calls an API with a token.
 *
 * @param base address of the API
 * @param headers what carries the token
 */
export function caller(base: string, headers: Record<string, string>): Ask {
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new ForgeError(
      "settings",
      `found ${foreign(base)} as the address of the API, expected e.g. https://api.github.com; run this in a CI job`,
    );
  }
  return async (method, path, body) => {
    const [shown = path] = path
      .replace(/^\/(repos\/[^/]+\/[^/]+|projects\/\d+)(?=\/)/, "")
      .split("?");
    const what = `${method} ${shown}`;
    const { status, text } = await answered(`${base}${path}`, {
      method,
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (status >= 300 && status < 400) {
      throw new ForgeError(
        "refused",
        `${what}: the forge leads elsewhere (${status}), and the token is sent nowhere else; set the address of the API to where it is now`,
      );
    }
    if (status < 200 || status > 299) {
      throw new Refusal(`${what}: ${status} ${foreign(text, 200)}`, status);
    }
    if (text === "") return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new ForgeError(
        "refused",
        `${what}: found no JSON in the answer (${foreign(text, 200)}); check that ${base} is the address of the API`,
      );
    }
  };
}

async function answered(url: string, request: RequestInit): Promise<TextAnswer> {
  try {
    return await fetchText(url, request, budgets.forge);
  } catch (error) {
    const { host } = new URL(url);
    throw new ForgeError(
      "refused",
      `the forge ${host} cannot be reached: ${foreign(unreachableText(error))}`,
    );
  }
}
