import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a stand-in for kubeadm hands out; a test looks for these where they must not be. */
export const handedOut = { token: "abcdef.0123456789abcdef", key: "5e".repeat(32) };

/**
 * Programs of the names of kubeadm, kubelet and kubectl, for scripts on a real host: they record how
 * they were called and leave the files that the scripts look at. A file `fail` beside them makes
 * kubeadm fail half-way. What kubeadm itself does is not shown by this.
 */
export function kubeadmStandIn(directory: string) {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  const log = join(directory, "calls");
  writeFileSync(log, "");
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
    chmodSync(join(bin, name), 0o755);
  };
  const record = `printf '%s %s\\n' "\${0##*/}" "$*" >>${log}\n`;
  program("kubelet", "");
  program("kubectl", `${record}cat ${directory}/nodes 2>/dev/null || true\n`);
  program(
    "kubeadm",
    `${record}etc=$HOMELAB_HA_KUBERNETES
case "$1 $2" in
  "version -o") echo v1.34.4 ;;
  "token create") echo ${handedOut.token} ;;
  "init phase")
    case $3 in
      certs) openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$etc/pki/ca.key" -out "$etc/pki/ca.crt" -subj /CN=kubernetes -days 2 2>/dev/null ;;
      upload-certs) printf '[upload-certs] Using certificate key:\\n${handedOut.key}\\n' ;;
    esac ;;
  "init --config")
    cat "$3" >${directory}/init.seen
    echo x >"$etc/admin.conf"
    [ ! -e ${directory}/fail ] || { echo 'half-way with ${handedOut.token} and ${handedOut.key}'; exit 1; } ;;
  "join --config")
    cat "$3" >${directory}/join.seen
    stat -c %a "$3" >>${directory}/join.mode
    mkdir -p "$etc/pki"
    [ ! -e ${directory}/fail ] || { echo 'half-way with ${handedOut.token} and ${handedOut.key}'; exit 1; }
    cp ${directory}/ca.crt "$etc/pki/ca.crt"
    echo x >"$etc/kubelet.conf" ;;
esac
`,
  );
  return {
    bin,
    calls: () => readFileSync(log, "utf8"),
    read: (name: string) => readFileSync(join(directory, name), "utf8"),
  };
}
