import type { Context, Live, ResourceModel } from "../model";
import { known, type Props, record, text } from "../props";

const clusterScoped = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingWebhookConfiguration",
]);

/** Key of an object in the world: `<apiVersion>/<kind>/<namespace>/<name>`. */
function keyOf(apiVersion: string, kind: string, id: string): string {
  const place = id.includes("/") || clusterScoped.has(kind) ? id : `default/${id}`;
  return `${apiVersion}/${kind}/${place}`;
}

/** Ids are `<namespace>/<name>`, or the name alone (pulumi-kubernetes, metadata.go and fqName). */
function idOf(inputs: Props): string {
  const metadata = record(inputs, "metadata");
  const name = text(metadata, "name");
  return clusterScoped.has(text(inputs, "kind"))
    ? name
    : `${text(metadata, "namespace") || "default"}/${name}`;
}

/** The API server's words: `services "traefik" already exists`. */
function quoted(inputs: Props): string {
  const kind = text(inputs, "kind").toLowerCase();
  const plural = kind.endsWith("s")
    ? `${kind}es`
    : kind.endsWith("y")
      ? `${kind.slice(0, -1)}ies`
      : `${kind}s`;
  const group = text(inputs, "apiVersion").split("/").slice(0, -1).join("/");
  return `${plural}${group === "" ? "" : `.${group}`} "${text(record(inputs, "metadata"), "name")}"`;
}

/** Kind of a type token: `kubernetes:core/v1:Service`, `kubernetes:metallb.io/v1beta1:IPAddressPool`. */
function kindOf(type: string): { apiVersion: string; kind: string } {
  const [, version = "", kind = ""] = type.split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind };
}

function create(inputs: Props, context: Context): Live {
  return context.world.change((state) => {
    const id = idOf(inputs);
    const namespace = id.includes("/") ? (id.split("/")[0] ?? "") : "";
    // pulumi-kubernetes, await.go `Creation`: an existing object is an error unless `upsertExistingObjects` is set.
    const key = keyOf(text(inputs, "apiVersion"), text(inputs, "kind"), id);
    if (state.kubernetes[key] !== undefined) throw new Error(`${quoted(inputs)} already exists`);
    // kubernetes, admission plugin NamespaceLifecycle
    if (namespace !== "" && state.kubernetes[`v1/Namespace/${namespace}`] === undefined) {
      throw new Error(`namespaces "${namespace}" not found`);
    }
    state.kubernetes[key] = inputs;
    return { id, outputs: withServerFields(inputs) };
  });
}

/** What the server adds and a program may read: a LoadBalancer's address, as MetalLB would announce it. */
function withServerFields(object: Props): Props {
  if (text(object, "kind") !== "Service") return object;
  const annotations = record(record(object, "metadata"), "annotations");
  const asked =
    text(annotations, "metallb.io/loadBalancerIPs") ||
    text(record(object, "spec"), "loadBalancerIP");
  if (record(object, "spec").type !== "LoadBalancer" || asked === "") return object;
  const ingress = asked.split(",").map((ip) => ({ ip: ip.trim() }));
  return { ...object, status: { loadBalancer: { ingress } } };
}

/** Fields that the API server refuses to change, so that the provider replaces (pulumi-kubernetes, diff.go `forceNewProperties`). */
const immutable: Record<string, readonly string[]> = {
  ConfigMap: ["binaryData", "data", "immutable"],
  Deployment: ["spec.selector"],
  DaemonSet: ["spec.selector"],
  StatefulSet: ["spec.selector", "spec.serviceName"],
  Secret: ["type", "stringData", "data", "immutable"],
  Service: ["spec.clusterIP"],
  Job: ["spec.selector", "spec.template"],
};

/** Any kind of Kubernetes object: stored as it is given, found by kind, namespace and name. */
export const kubernetesModel: ResourceModel = {
  inputs: [
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "data",
    "stringData",
    "type",
    "rules",
    "subjects",
    "roleRef",
  ],
  replaceOn: (news) => [
    "apiVersion",
    "kind",
    "metadata.name",
    "metadata.namespace",
    ...(immutable[text(news, "kind")] ?? []),
  ],
  compareWith: "inputs",
  defaults(inputs, name) {
    const metadata = inputs.metadata;
    if (!known(metadata)) return inputs;
    const given = record(inputs, "metadata");
    const namespace = clusterScoped.has(text(inputs, "kind")) ? {} : { namespace: "default" };
    // The provider makes up a name from the resource's where none is given (autonaming); its
    // random part is left out here, so that two runs compare.
    return { ...inputs, metadata: { name, ...namespace, ...given } };
  },
  create,
  read(id, _state, context) {
    const { apiVersion, kind } = kindOf(context.type);
    const object = context.world.state.kubernetes[keyOf(apiVersion, kind, id)];
    return object && { id, outputs: withServerFields(object) };
  },
  update(id, inputs, _before, context) {
    return context.world.change((state) => {
      const key = keyOf(text(inputs, "apiVersion"), text(inputs, "kind"), id);
      if (state.kubernetes[key] === undefined) throw new Error(`${quoted(inputs)} not found`);
      state.kubernetes[key] = inputs;
      return withServerFields(inputs);
    });
  },
  delete(id, _state, context) {
    context.world.change((world) => {
      const { apiVersion, kind } = kindOf(context.type);
      delete world.kubernetes[keyOf(apiVersion, kind, id)];
    });
  },
};
