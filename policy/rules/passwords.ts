import type { Finding } from "../../model/finding";
import { haproxySections, isHaproxyConf } from "../../model/haproxy/conf";
import { isVariable } from "../../model/haproxy/words";
import { judgePassword, judgeShared } from "../../model/secrets-check";
import { carriedTexts } from "../reading/deployed";
import { guestsOf } from "../reading/guests";
import { placeOf, text } from "../reading/resource";
import { carriers, containers, virtualMachines } from "../reading/types";
import { deployedGroups, keepalivedFiles } from "../reading/vrrp-groups";
import { docsPage, type Located, type ObservedResource, type Rule } from "../rule";

const name = "weak-password";

interface Password {
  /** What it opens, for messages; never the value. */
  name: string;
  value: string;
  /** @default the judgement's own */
  minLength?: number;
  resource: ObservedResource;
}

/** All that keepalived sends and compares of an `auth_pass`. */
const authPassLength = 8;

/** A default password opens the service to everyone who read the same tutorial. */
export const weakPassword: Rule = {
  name,
  description: "No service has a default, short or shared password.",
  severity: "mandatory",
  docs: docsPage(name),
  types: [...carriers, ...containers, ...virtualMachines],
  advises: true,
  resource: (resource) => passwordsOf(resource).flatMap(judged),
  acrossSites: true,
  stack: (resources) => shared(resources),
};

function judged(password: Password): Located[] {
  return judgePassword(password.name, password.value, password.minLength).map((finding) => ({
    finding,
    where: placeOf(password.resource),
  }));
}

/** Every password that a resource spells out. */
function passwordsOf(resource: ObservedResource): Password[] {
  return [
    ...carriedTexts(resource).flatMap((content) => haproxyPasswords(resource, content)),
    ...authPasses(resource),
    ...firstPasswords([resource]),
  ];
}

function firstPasswords(resources: ObservedResource[]): Password[] {
  return guestsOf(resources).flatMap(({ name, resource }) => {
    const value = text(resource.props, "initialization", "userAccount", "password");
    return value === undefined ? [] : [{ resource, value, name: `first password of ${name}` }];
  });
}

function haproxyPasswords(resource: ObservedResource, content: string): Password[] {
  if (!isHaproxyConf(content)) return [];
  const named = (what: string, user: string, value: string): Password[] =>
    isVariable(value) ? [] : [{ resource, value, name: `${what} user ${user}` }];
  return haproxySections(content).flatMap(({ lines }) =>
    lines.flatMap((words): Password[] => {
      const [first, second = "", third = ""] = words;
      if (first === "stats" && second === "auth") {
        const [user = "", ...password] = third.split(":");
        return named("haproxy statistics", user, password.join(":"));
      }
      const plain = words.indexOf("insecure-password");
      if (first !== "user" || plain < 0) return [];
      return named("haproxy userlist", second, words[plain + 1] ?? "");
    }),
  );
}

function authPasses(resource: ObservedResource): Password[] {
  // What is no carrier brings no file.
  if (!carriers.some((type) => type === resource.type)) return [];
  return keepalivedFiles([resource]).flatMap((file) =>
    [...file.text.matchAll(/^\s*auth_pass\s+(\S+)/gm)].map(([, value = ""]) => ({
      resource,
      value: unquoted(value).slice(0, authPassLength),
      minLength: authPassLength,
      name: "keepalived auth_pass",
    })),
  );
}

/** One group's members share a password by design; two groups, or two services, must not. */
function shared(resources: ObservedResource[]): Located[] {
  const groups = deployedGroups(resources).flatMap(({ group, files }) => {
    const value = group.members.find((member) => member.authPass !== undefined)?.authPass;
    const resource = files[0]?.resource;
    const vip = group.members[0]?.vips[0] ?? group.name;
    return value === undefined || !resource
      ? []
      : [
          {
            name: `keepalived auth_pass of ${vip}`,
            value: value.slice(0, authPassLength),
            resource,
          },
        ];
  });
  const services = resources.flatMap((resource) =>
    carriedTexts(resource).flatMap((content) => haproxyPasswords(resource, content)),
  );
  return [
    ...judgedTogether([...groups, ...onePerUser(services)], "error"),
    // Guests often start with one password on purpose, and a key replaces it.
    ...judgedTogether(firstPasswords(resources), "warning"),
  ];
}

function judgedTogether(all: Password[], severity: Finding["severity"]): Located[] {
  return judgeShared(all).map((finding) => {
    const second = all.find((password) => password.name === finding.path[0])?.resource;
    return {
      finding: { ...finding, severity },
      where: second ? placeOf(second) : "passwords of this stack",
      urn: second?.urn,
    };
  });
}

/** The members of a load balancer serve one statistics page: the same user there is one password. */
function onePerUser(passwords: Password[]): Password[] {
  return [...new Map(passwords.map((each) => [`${each.name}\n${each.value}`, each])).values()];
}

function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/, "$2");
}
