import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment";
import { Namespace, type NamespaceArgs } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type * as pulumi from "@pulumi/pulumi";
import { type Transform, transformed } from "../shared/transform";
import type { TunnelFacts } from "./rules";

/** One key per Kubernetes object of the connectors. */
export interface ConnectorTransforms {
  namespace?: Transform<NamespaceArgs>;
  secret?: Transform<SecretArgs>;
  deployment?: Transform<DeploymentArgs>;
  podDisruptionBudget?: Transform<PodDisruptionBudgetArgs>;
}

const METRICS_PORT = 2000;

/**
 * The cloudflared pods that hold a tunnel open, two or more on as many nodes.
 *
 * @param token the tunnel's token; it is all one needs to run the tunnel
 * @returns the Deployment, which is done when its pods are connected to Cloudflare
 */
export function tunnelConnectors(
  name: string,
  facts: TunnelFacts,
  token: pulumi.Output<string>,
  transform: ConnectorTransforms,
  opts: pulumi.CustomResourceOptions,
): Deployment {
  const namespace = new Namespace(
    `${name}-namespace`,
    transformed(transform.namespace, { metadata: { name: facts.namespace } }, opts),
    opts,
  );
  const metadata = { name, namespace: namespace.metadata.name };
  // Without a name of our own, a new token makes a Secret of a new name, and so starts new pods: a
  // running one keeps the token that it was started with.
  const secretArgs: SecretArgs = {
    metadata: { namespace: metadata.namespace },
    stringData: { token },
  };
  const secret = new Secret(`${name}-token`, transformed(transform.secret, secretArgs, opts), opts);
  const labels = { "app.kubernetes.io/name": "cloudflared", "app.kubernetes.io/instance": name };
  const budget: PodDisruptionBudgetArgs = {
    metadata,
    spec: { minAvailable: facts.replicas - 1, selector: { matchLabels: labels } },
  };
  new PodDisruptionBudget(
    `${name}-budget`,
    transformed(transform.podDisruptionBudget, budget, opts),
    opts,
  );
  const deployment: DeploymentArgs = {
    metadata,
    spec: {
      replicas: facts.replicas,
      selector: { matchLabels: labels },
      // One pod per node: with as many pods as nodes there is no room for one more at the same time.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: podSpec(facts, labels, secret),
      },
    },
  };
  return new Deployment(
    `${name}-connectors`,
    transformed(transform.deployment, deployment, opts),
    opts,
  );
}

function podSpec(facts: TunnelFacts, labels: Record<string, string>, secret: Secret) {
  const probe = (path: string) => ({ httpGet: { path, port: METRICS_PORT }, periodSeconds: 10 });
  return {
    automountServiceAccountToken: false,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    },
    securityContext: {
      runAsNonRoot: true,
      // The image's own user, by number, as Kubernetes wants it.
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "cloudflared",
        image: facts.image,
        args: ["tunnel", "--metrics", `0.0.0.0:${METRICS_PORT}`, "run"],
        env: [
          {
            // Not an argument: those are readable in every process list of the node.
            name: "TUNNEL_TOKEN",
            valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "token" } },
          },
        ],
        ports: [{ name: "metrics", containerPort: METRICS_PORT }],
        // Ready means connected to Cloudflare. Being disconnected is no reason for a restart,
        // which would only make all pods dial at once when the line returns.
        readinessProbe: probe("/ready"),
        livenessProbe: { ...probe("/healthcheck"), initialDelaySeconds: 10 },
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  };
}
