import type { Finding } from "../finding";

/** Ways in which people install Kubernetes. */
export const DISTRIBUTIONS = ["kubeadm", "k3s", "rke2", "talos"] as const;

/** How a cluster was installed. */
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** What differs between distributions, as they are when nobody changed it. */
export interface DistributionFacts {
  /** Its name in sentences. */
  title: string;
  /**
   * Whether the API servers answer a request without a credential. kubeadm leaves Kubernetes'
   * default; the others start kube-apiserver with `--anonymous-auth=false`, so that every path
   * answers 401 before anything else of it is looked at.
   */
  anonymous: boolean;
  /** Where the certificate of the CA of the API servers is found. */
  ca: string;
  /** Networks of pods and Services. */
  podSubnet: string;
  serviceSubnet: string;
  /** A port beside that of the API that other machines need. @default there is none */
  second?: Omit<SecondPort, "port"> & {
    /** Where it is balanced unless another one is stated. @default only where one is stated */
    port?: number;
  };
}

/** A port beside that of the API. */
export interface SecondPort {
  port: number;
  /** Key that states it. */
  key: "supervisorPort" | "talosPort";
  kind: "supervisor" | "talos";
  /** What answers there, for sentences. */
  what: string;
}

/**
 * @see https://docs.k3s.io/security/self-assessment
 * @see https://docs.rke2.io/install/ha
 * @see https://github.com/siderolabs/talos/blob/v1.12.0/internal/app/machined/pkg/controllers/k8s/control_plane_static_pod.go
 */
export const DISTRIBUTION: Record<Distribution, DistributionFacts> = {
  kubeadm: {
    title: "kubeadm",
    anonymous: true,
    ca: "/etc/kubernetes/pki/ca.crt",
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/12",
  },
  k3s: {
    title: "k3s",
    anonymous: false,
    ca: "/var/lib/rancher/k3s/server/tls/server-ca.crt",
    podSubnet: "10.42.0.0/16",
    serviceSubnet: "10.43.0.0/16",
  },
  rke2: {
    title: "RKE2",
    anonymous: false,
    ca: "/var/lib/rancher/rke2/server/tls/server-ca.crt",
    podSubnet: "10.42.0.0/16",
    serviceSubnet: "10.43.0.0/16",
    second: {
      key: "supervisorPort",
      kind: "supervisor",
      port: 9345,
      what: "the supervisor, where nodes join",
    },
  },
  talos: {
    title: "Talos",
    anonymous: false,
    ca: "cluster.ca.crt of the machine configuration (base64)",
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/12",
    second: { key: "talosPort", kind: "talos", what: "the Talos API" },
  },
};

/** How HAProxy asks an API server whether it is alive. */
export interface ApiCheck {
  /** Path of the request. */
  path: string;
  /** Statuses of an answer that counts as good. */
  statuses: readonly number[];
  /** PEM file on the load balancer with a client certificate and its key. @default none is shown */
  clientCertificateFile?: string | undefined;
}

/** The same as it is stated; whatever is left out follows from the distribution. */
export interface StatedCheck {
  distribution?: Distribution | undefined;
  apiCheck?:
    | {
        path?: string | undefined;
        statuses?: readonly number[] | undefined;
        anonymous?: boolean | undefined;
        clientCertificateFile?: string | undefined;
      }
    | undefined;
}

/** The only path that says whether an API server takes requests. */
export const READY_PATH = "/readyz";

/**
 * The check of a load balancer.
 *
 * An API server without anonymous access answers 401 as long as it works at all, and an API server
 * that has anonymous access, or is shown a certificate, answers 200 or 500. So 401 beside 200 never
 * keeps one that is not ready where 200 can be had, and with a client certificate it keeps the API
 * when that certificate ends.
 */
export function apiCheckOf({ distribution = "kubeadm", apiCheck = {} }: StatedCheck): ApiCheck {
  const { path = READY_PATH, statuses, clientCertificateFile } = apiCheck;
  const open = apiCheck.anonymous ?? DISTRIBUTION[distribution].anonymous;
  return {
    path,
    statuses: statuses ?? (open && clientCertificateFile === undefined ? [200] : [200, 401]),
    ...(clientCertificateFile !== undefined && { clientCertificateFile }),
  };
}

/**
 * A check that would take every healthy master for dead, now or on a certain day.
 *
 * @param asker `balancer` marks masters down, and can show a certificate; `status` reports them
 */
export function judgeApiCheckStated(
  stated: StatedCheck,
  asker: "balancer" | "status" = "balancer",
): Finding[] {
  const lost = `every healthy master would be ${asker === "balancer" ? "marked down" : "reported as down"}`;
  const { distribution = "kubeadm", apiCheck = {} } = stated;
  const { statuses, clientCertificateFile } = apiCheckOf(stated);
  const { title, anonymous: usual } = DISTRIBUTION[distribution];
  const open = apiCheck.anonymous ?? usual;
  const at = (message: string, fix: string, severity: Finding["severity"]): Finding[] => [
    { rule: "api-check", path: ["apiCheck", "statuses"], message, fix, severity },
  ];
  const found = `found ${statuses.join(", ")}`;
  if (clientCertificateFile !== undefined) {
    if (!statuses.includes(200)) {
      return at(
        `${found}, but a ready API server answers 200 to the client certificate, so ${lost}`,
        "add 200",
        "error",
      );
    }
    if (statuses.includes(401)) return [];
    return at(
      `${found} without 401: on the day when the client certificate ends every API server answers 401, and all of them are marked down at once`,
      "add 401: a server that is not ready answers 500 to a valid certificate, so nothing is lost",
      "warning",
    );
  }
  if (!open && !statuses.includes(401)) {
    return at(
      `${found}, but ${title} starts its API servers with anonymous-auth=false, so each answers 401 to the check and ${lost}`,
      `add 401, ${asker === "balancer" ? "show a certificate (apiCheck.clientCertificateFile), " : ""}or state apiCheck.anonymous: true where the API servers were told to answer`,
      "error",
    );
  }
  if (open && !statuses.includes(200)) {
    return at(
      `${found}, but an API server that answers without a credential says 200, so ${lost}`,
      "add 200",
      "error",
    );
  }
  return [];
}

/** What of a load balancer depends on how its cluster was installed. */
export interface DistributionSettings extends StatedCheck {
  port: number;
  stats: { port: number };
  supervisorPort?: number | undefined;
  talosPort?: number | undefined;
  kubeadm: { join: boolean; version?: string | undefined };
  /** Parts of k3s that its servers are started without. */
  disable?: readonly string[] | undefined;
}

/** The second port that is balanced, if there is one. */
export function secondPortOf(
  stated: Pick<DistributionSettings, "distribution" | "supervisorPort" | "talosPort">,
): SecondPort | undefined {
  const { second } = DISTRIBUTION[stated.distribution ?? "kubeadm"];
  if (second === undefined) return undefined;
  const port = stated[second.key] ?? second.port;
  return port === undefined ? undefined : { ...second, port };
}

/** The check, the ports and the join, against what the distribution is. */
export function judgeDistribution(facts: DistributionSettings): Finding[] {
  const { distribution = "kubeadm" } = facts;
  const { title } = DISTRIBUTION[distribution];
  const second = secondPortOf(facts);
  const error = (path: Finding["path"], message: string, fix: string): Finding => ({
    ...{ rule: "distribution", path, message, fix, severity: "error" },
  });
  const findings = judgeApiCheckStated(facts);
  if (facts.disable !== undefined && distribution !== "k3s") {
    const fix = "remove it, or state distribution: k3s";
    findings.push(error(["disable"], "found it, but only k3s has these parts", fix));
  }
  for (const key of ["supervisorPort", "talosPort"] as const) {
    const found = second?.key === key ? second.port : facts[key];
    if (found === undefined) continue;
    if (second?.key !== key) {
      const owner = key === "talosPort" ? "Talos" : "RKE2";
      const fix = `remove it, or state distribution: ${owner.toLowerCase()}`;
      findings.push(error([key], `found ${found}, but only ${owner} has this port`, fix));
      continue;
    }
    const taken = { port: facts.port, "stats.port": facts.stats.port };
    const [other] = Object.entries(taken).find(([, used]) => used === found) ?? [];
    if (other === undefined) continue;
    findings.push(error([key], `found ${found}, which is ${other} as well`, "choose another one"));
  }
  if (distribution !== "kubeadm") {
    const found = facts.kubeadm.join ? "join" : facts.kubeadm.version && "version";
    if (found) {
      findings.push(
        error(
          ["kubeadm", found],
          `found it beside distribution: ${distribution}, whose nodes kubeadm does not join`,
          `remove it; the output nodeConfiguration says what ${title} has to be told`,
        ),
      );
    }
  }
  return findings;
}
