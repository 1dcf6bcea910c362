import { type HaproxyBackend, haproxyBackends } from "./conf";

/** Port of kube-apiserver, unless somebody chose another one. */
export const API_PORT = 6443;

/** Names that people give to API servers alone. */
const apiName = /kube-?api|k8s-?api|api-?servers?\b|control-?plane/i;
/** Names of a cluster, which its ingress and its nodes have as well. */
const clusterName = /kube|k8s|k3s|rke2|talos/i;
const otherName =
  /ingress|http|web|traefik|nginx|node-?port|worker|dashboard|supervisor|regist|etcd/i;
/** What else runs on the masters: the joining of nodes, Talos, etcd, ingress. */
const otherPorts = new Set([80, 443, 2379, 2380, 9345, 50000, 50001]);

/**
 * The backends of API servers: by their port; on another port by the port on which clients come, by
 * the path that the check asks for, or by name. Another port counts only where HAProxy passes TLS on.
 */
export function apiBackends(text: string): HaproxyBackend[] {
  return haproxyBackends(text).filter((backend) => {
    if (backend.kind !== "backend" && backend.kind !== "listen") return false;
    return backend.servers.every(({ port }) => port === API_PORT) || isApiByUse(backend);
  });
}

function isApiByUse({ mode, title, servers, boundPorts, check }: HaproxyBackend): boolean {
  if (mode !== "tcp" || servers.some(({ port = 0 }) => otherPorts.has(port))) return false;
  if (boundPorts.includes(API_PORT)) return true;
  const asked = check.kind === "http" && /^\/(readyz|livez)\b/.test(check.uri);
  if (asked && servers.every(({ tls }) => tls)) return true;
  return apiName.test(title) || (clusterName.test(title) && !otherName.test(title));
}
