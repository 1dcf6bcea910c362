import type { Finding } from "../../model/finding";
import { isHaproxyConf } from "../../model/haproxy/conf";
import { judgeApiCheck, judgeMasterCount, judgeServerTls } from "../../model/haproxy/judgement";
import { carriedTexts, unreadableFiles } from "../reading/deployed";
import { placeOf } from "../reading/resource";
import { carriers } from "../reading/types";
import { docsPage, type Located, type Rule } from "../rule";

/** Without verification whoever answers at a server's address is believed. */
export const haproxyTlsNotVerified: Rule = {
  ...haproxyRule(
    "haproxy-tls-not-verified",
    "HAProxy verifies the certificate of every server that it speaks TLS to.",
    judgeServerTls,
  ),
  stack: (resources) =>
    unreadableFiles(resources, "haproxy.cfg").map((resource): Located => {
      const finding: Finding = {
        rule: "haproxy-tls-not-verified",
        path: [],
        message: "its haproxy.cfg is not known before the update, so nothing in it was checked",
        fix: "write it from values that are known in a preview",
        severity: "warning",
      };
      return { finding, where: placeOf(resource), urn: resource.urn };
    }),
};

/** Only `/readyz` says whether an API server takes requests. */
export const haproxyApiCheck = haproxyRule(
  "haproxy-api-check",
  "HAProxy asks each Kubernetes API server for `/readyz`.",
  judgeApiCheck,
);

/** etcd needs a majority. */
export const apiMastersEven = haproxyRule(
  "api-masters-even",
  "The number of Kubernetes API servers behind a load balancer is odd.",
  judgeMasterCount,
);

function haproxyRule(
  name: string,
  description: string,
  judge: (text: string) => Finding[],
): Rule & Required<Pick<Rule, "resource">> {
  return {
    name,
    description,
    severity: "mandatory",
    docs: docsPage(name),
    types: carriers,
    advises: true,
    resource: (resource) =>
      carriedTexts(resource)
        .filter(isHaproxyConf)
        .flatMap(judge)
        .map((finding) => ({ finding, where: placeOf(resource) })),
  };
}
