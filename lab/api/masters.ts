import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "../../model/text";
import { issueServer, makeAuthority } from "../kube/certificates";
import { inHost, type LabHost } from "../machine/host";
import { RUN_FOLDER } from "../machine/places";
import { until } from "../machine/shell";
import { ETCD_UNIT, ETCD_URL } from "./etcd";
import { API_PORT, CERTIFICATE_SANS } from "./hosts";

/** Unit of the API server on a master. */
export const API_UNIT = "kube-apiserver.service";

/** Certificates and keys of the run; everybody's are by one authority. */
export const PKI = join(RUN_FOLDER, "pki");

/** Makes the authority and what only one host of a cluster makes. */
export function makeClusterKeys(): void {
  mkdirSync(PKI, { mode: 0o700 });
  makeAuthority(PKI);
  // Every API server has to accept what any of them signed.
  issueServer(PKI, "service-account", []);
}

/**
 * Puts an API server on a prepared host.
 *
 * @param drainSec for how long a stopping server says so at /readyz before it closes its port
 */
export function installApiServer({ name, address, root }: LabHost, drainSec: number): void {
  issueServer(PKI, name, [...CERTIFICATE_SANS, address]);
  const pki = "/etc/kubernetes/pki";
  mkdirSync(join(root, pki), { recursive: true, mode: 0o700 });
  const files = [`${name}.crt`, `${name}.key`, "service-account.crt", "service-account.key"];
  for (const file of ["ca.crt", ...files]) copyFileSync(join(PKI, file), join(root, pki, file));
  const flags = [
    `--etcd-servers=${ETCD_URL}`,
    `--advertise-address=${address}`,
    `--secure-port=${API_PORT}`,
    `--tls-cert-file=${pki}/${name}.crt`,
    `--tls-private-key-file=${pki}/${name}.key`,
    `--client-ca-file=${pki}/ca.crt`,
    "--authorization-mode=Node,RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${pki}/service-account.crt`,
    `--service-account-signing-key-file=${pki}/service-account.key`,
    `--shutdown-delay-duration=${drainSec}s`,
  ];
  const unit = `[Unit]
Description=Kubernetes API server
Wants=${ETCD_UNIT}
After=${ETCD_UNIT}

[Service]
Environment=GOMEMLIMIT=400MiB
ExecStart=/usr/local/bin/kube-apiserver ${flags.join(" ")}
Restart=no
`;
  const units = join(root, "etc/systemd/system");
  writeFileSync(join(units, API_UNIT), unit);
  // The image is that of the load balancers.
  for (const other of ["haproxy.service", "keepalived.service"]) {
    rmSync(join(units, other), { force: true });
    symlinkSync("/dev/null", join(units, other));
  }
}

/** Starts API servers and waits until each says that it is ready. */
export async function startApiServers(masters: readonly LabHost[]): Promise<void> {
  // One after the other: a start is a minute of work for one slow core.
  for (const host of masters) {
    await inHost(host, `systemctl reset-failed; systemctl start ${ETCD_UNIT} ${API_UNIT}`);
    try {
      await until(`${host.name}: /readyz`, 120, async () => (await readyz(host)) === "200");
    } catch (error) {
      const { stdout } = await inHost(host, `journalctl -q -n 5 --no-pager -u ${API_UNIT}`);
      throw new Error(`${errorText(error)}: ${stdout}`);
    }
  }
}

/** Status of /readyz as the host itself sees it, the certificate verified; `000` without an answer. */
export async function readyz(host: LabHost): Promise<string> {
  const ca = "--cacert /etc/kubernetes/pki/ca.crt";
  const url = `https://${host.address}:${API_PORT}/readyz`;
  const script = `curl -s -m 3 -o /dev/null -w '%{http_code}' ${ca} ${url}`;
  return (await inHost(host, script)).stdout;
}
