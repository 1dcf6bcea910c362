import type { Finding } from "../../model/finding";
import { isHaproxyConf } from "../../model/haproxy/conf";
import { judgeApiCheck, judgeMasterCount, judgeServerTls } from "../../model/haproxy/judgement";
import { judgeHaproxyFile } from "../../model/haproxy/refused";
import { carriedTexts } from "../reading/deployed";
import { placeOf } from "../reading/resource";
import { carriers } from "../reading/types";
import { docsPage, type Rule } from "../rule";

/** A load balancer whose HAProxy does not start takes its address with it. */
export const haproxyFile = haproxyRule(
  "haproxy-file",
  "What is brought to HAProxy is a file that it starts with and follows as it is written.",
  judgeHaproxyFile,
);

/** Without verification whoever answers at a server's address is believed. */
export const haproxyTlsNotVerified = haproxyRule(
  "haproxy-tls-not-verified",
  "HAProxy verifies the certificate of every server that it speaks TLS to.",
  judgeServerTls,
);

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

function haproxyRule(name: string, description: string, judge: (text: string) => Finding[]): Rule {
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
