import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment";
import { Namespace, type NamespaceArgs } from "@pulumi/kubernetes/core/v1/namespace";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type * as pulumi from "@pulumi/pulumi";
import { type Owner, transformed } from "../shared/transform";
import type { ConnectorTransforms } from "./options";
import type { TunnelFacts } from "./rules";

const METRICS_PORT = 2000;

/**
 * The cloudflared pods that hold a tunnel open, two or more on as many nodes.
 *
 * @param token the tunnel's token; it is all one needs to run the tunnel
 * @returns the Deployment, which is done when its pods are connected to Cloudflare
 */
export function tunnelConnectors(
  { name, transform, opts }: Owner<ConnectorTransforms>,
  facts: TunnelFacts,
  token: pulumi.Output<string>,
): Deployment {
  const namespaceChild = transformed<NamespaceArgs>(transform?.namespace, {
    name: `${name}-namespace`,
    args: { metadata: { name: facts.namespace } },
    opts,
  });
  const namespace = new Namespace(namespaceChild.name, namespaceChild.args, namespaceChild.opts);
  const metadata = { name, namespace: namespace.metadata.name };
  const secretChild = transformed<SecretArgs>(transform?.secret, {
    name: `${name}-token`,
    // Without a name of our own, a new token makes a Secret of a new name, and so starts new pods: a
    // running one keeps the token that it was started with.
    args: { metadata: { namespace: metadata.namespace }, stringData: { token } },
    opts,
  });
  const secret = new Secret(secretChild.name, secretChild.args, secretChild.opts);
  const labels = { "app.kubernetes.io/name": "cloudflared", "app.kubernetes.io/instance": name };
  const budget = transformed<PodDisruptionBudgetArgs>(transform?.podDisruptionBudget, {
    name: `${name}-budget`,
    args: {
      metadata,
      spec: { minAvailable: facts.replicas - 1, selector: { matchLabels: labels } },
    },
    opts,
  });
  new PodDisruptionBudget(budget.name, budget.args, budget.opts);
  const deployment = transformed<DeploymentArgs>(transform?.deployment, {
    name: `${name}-connectors`,
    args: {
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
    },
    opts,
  });
  return new Deployment(deployment.name, deployment.args, deployment.opts);
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
