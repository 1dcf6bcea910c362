import type { Finding } from "../../model/finding";
import { judgeConditions, judgeVariants } from "../../model/haproxy/conditional";
import { judgeApiCheck, judgeMasterCount, judgeServerTls } from "../../model/haproxy/judgement";
import { judgeHaproxyFile, judgeHaproxyText } from "../../model/haproxy/refused";
import { haproxyFiles } from "../reading/files/haproxy-files";
import { placeOf } from "../reading/resource";
import { carriers } from "../reading/types";
import { docsPage, type Rule } from "../rule";

/** A load balancer whose HAProxy does not start takes its address with it. */
export const haproxyFile = haproxyRule(
  "haproxy-file",
  "What is brought to HAProxy is a file that it starts with and follows as it is written.",
  (text, before, whole) => [
    ...judgeHaproxyText(text, whole),
    ...judgeConditions(text),
    ...judgeVariants(text, (read) => judgeHaproxyFile(read, before)),
  ],
);

/** Without verification whoever answers at a server's address is believed. */
export const haproxyTlsNotVerified = haproxyRule(
  "haproxy-tls-not-verified",
  "HAProxy verifies the certificate of every server that it speaks TLS to.",
  inVariants(judgeServerTls),
);

/** Only `/readyz` says whether an API server takes requests. */
export const haproxyApiCheck = haproxyRule(
  "haproxy-api-check",
  "HAProxy asks each Kubernetes API server for `/readyz`.",
  inVariants(judgeApiCheck),
);

/** etcd needs a majority. */
export const apiMastersEven = haproxyRule(
  "api-masters-even",
  "The number of Kubernetes API servers behind a load balancer is odd.",
  inVariants(judgeMasterCount),
);

/**
 * @param before sections of other files that count for the text
 * @param whole whether the text is the file to its last byte
 */
type Judge = (text: string, before: string, whole: boolean) => Finding[];

function inVariants(judge: (text: string) => Finding[]): Judge {
  return (text, before) => judgeVariants(`${before}\n${text}`, judge);
}

function haproxyRule(name: string, description: string, judge: Judge): Rule {
  return {
    name,
    description,
    severity: "mandatory",
    docs: docsPage(name),
    types: carriers,
    advises: true,
    stack: (resources) =>
      haproxyFiles(resources).flatMap(({ resource, text, before, whole }) =>
        judge(text, before, whole).map((finding) => ({
          finding,
          where: placeOf(resource),
          urn: resource.urn,
        })),
      ),
  };
}
