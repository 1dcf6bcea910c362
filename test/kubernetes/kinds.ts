/** The kinds of objects that the components make, as `apiVersion/kind`, and their published definitions. */
export const KINDS: Readonly<Record<string, string>> = {
  "v1/Namespace": "io.k8s.api.core.v1.Namespace",
  "v1/Secret": "io.k8s.api.core.v1.Secret",
  "v1/Service": "io.k8s.api.core.v1.Service",
  "apps/v1/Deployment": "io.k8s.api.apps.v1.Deployment",
  "policy/v1/PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
};
