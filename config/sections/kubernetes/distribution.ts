import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { DISTRIBUTIONS, READY_PATH } from "../../../model/kubernetes/distribution";
import { K3S_PACKAGED } from "../../../model/kubernetes/ingress-controller";
import { port, shown } from "../network";
import { caPath, writtenCaMistake } from "../owned-paths";

/** How a cluster was installed. */
export const distributionField = z
  .enum(DISTRIBUTIONS)
  .optional()
  .describe(
    "How the cluster was installed: it decides which answer of an API server is a good one, and which ports other machines need. Default: kubeadm.",
  );

const path = z
  .string()
  .regex(/^\/readyz([/?][A-Za-z0-9_./?=&-]*)?$/, {
    error: (issue) =>
      `found ${shown(issue.input)}, expected ${READY_PATH} or a path below it: /healthz and /livez stay good while a server shuts down; write e.g. /readyz?exclude=etcd`,
  })
  .optional()
  .describe("Path of the request, `/readyz` or below it. Default: `/readyz`.");

const status = z
  .literal([200, 401], {
    error: (issue) =>
      `found ${shown(issue.input)}, expected 200 or 401: any other one is the answer of a server that is not ready, or that is none; remove it`,
  })
  .describe("Status of an answer.");

/** Which API the objects of a cluster go to, where one stack has several. */
export const kubernetesContextField = z
  .string()
  .min(1)
  .max(253)
  .optional()
  .describe(
    "Context in your kubeconfig that leads to this cluster; needed where one stack makes objects (`kubernetesIngress`, pods of `tunnels`) in several. Default: `kubernetes:context` of the stack, `kubernetesContext` of the site, or kubectl's current one.",
  );

/** What k3s' servers are started without. */
export const disableField = z
  .array(z.enum(K3S_PACKAGED).describe("A part of k3s."))
  .optional()
  .describe(
    "k3s: what its servers are started without (`--disable`). ServiceLB takes every Service of type LoadBalancer, so it cannot run beside MetalLB, Cilium or kube-vip; the Traefik of k3s takes Ingress objects beside another controller. Default: nothing.",
  );

/** What an API server is asked, and what a good answer is. */
const apiQuestion = {
  path,
  statuses: z
    .array(status)
    .min(1)
    .max(2)
    .optional()
    .describe(
      "Statuses of a good answer. Default: 200 with kubeadm and where `anonymous` is true; else 200 and 401, for a healthy API server of k3s, RKE2 or Talos answers 401 to whoever shows no credential.",
    ),
  anonymous: z
    .boolean()
    .optional()
    .describe(
      "Whether the API servers answer the path without a credential (`anonymous-auth`, or an AuthenticationConfiguration). Default: true with kubeadm, else false.",
    ),
};

/** How `homelab status` asks an API server, without a credential. */
export const apiQuestionField = z
  .strictObject(apiQuestion)
  .optional()
  .describe(
    "How `homelab status` asks an API server, e.g. `anonymous: false` for a kubeadm cluster that was hardened. Default: as the distribution needs it.",
  );

/** How HAProxy asks an API server; what is left out follows from the distribution. */
export const apiCheckField = z
  .strictObject({
    ...apiQuestion,
    clientCertificateFile: caPath
      .optional()
      .describe(
        "PEM file on the load balancers with a client certificate and its key, which the check shows: then `/readyz` says whether a server is ready, whatever its anonymous access. It is written from the secret `homelab:secrets.apiClientCertificates.<name>`; without that secret it is put there by other means. Default: none is shown.",
      ),
  })
  .optional()
  .describe("How HAProxy asks an API server. Default: as the distribution needs it.");

/** Ports beside that of the API, each of one distribution. */
export const secondPortFields = {
  supervisorPort: port
    .optional()
    .describe(
      "RKE2: port of the supervisor, where nodes join; balanced beside the API. Default: 9345 with RKE2.",
    ),
  talosPort: port
    .optional()
    .describe(
      "Talos: port of the Talos API (50000), to be balanced beside the API. Default: it is not.",
    ),
};

/** Where the client certificate is written, where this stack writes it. */
export function clientFileMistake(path: string | undefined): string | undefined {
  if (path !== undefined) return writtenCaMistake(path);
  return "missing beside a client certificate; state e.g. /etc/haproxy/kubernetes-client.pem";
}

/** A client certificate with its key in PEM form. Messages never show the text. */
export function clientCertificateMistake(pem: string): string | undefined {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (certificate === undefined) return "found no certificate, expected one and its key; add it";
  if (!/-----BEGIN (EC |RSA )?PRIVATE KEY-----/.test(pem)) {
    return "found no private key beside the certificate, expected both in one text; append the key";
  }
  try {
    const { ca } = new X509Certificate(certificate);
    if (ca) return "found the certificate of a CA, expected that of a client; make one for it";
  } catch {
    return "found a certificate that cannot be read, expected PEM form; copy the whole of it";
  }
  return undefined;
}
