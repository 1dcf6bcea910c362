import { stringify } from "yaml";
import type { VrrpSettings } from "../../model/vrrp/vrrp";
import { BACKEND_URL } from "../instruments/backend";
import { inHost, type LabHost } from "../machine/host";
import { VIP } from "../machine/network";
import { ROUTE_HOST } from "./pair";

// The pair as it was built by hand before this project: what the components are measured
// against, and the fault that they make impossible.

/** The weight with which a dead Traefik never moved the address: 200 - 20 is still above 100. */
export const BASELINE_WEIGHT = -20;
/** The correction of it, made by hand: 200 - 120 is below 100. */
export const BASELINE_FIXED_WEIGHT = -120;

/** The baseline's VRRP settings, for the model. */
export function baselineSettings(hosts: readonly LabHost[], weight: number): VrrpSettings {
  return {
    vip: VIP,
    interface: "host0",
    virtualRouterId: 51,
    version: 2,
    advertIntervalSec: 1,
    preempt: true,
    preemptDelaySec: 0,
    check: { weight, intervalSec: 2, timeoutSec: 3, fall: 2, rise: 2 },
    members: hosts.map(({ name, address }, index) => ({
      name,
      address,
      node: `node-${index + 1}`,
      priority: index === 0 ? 200 : 100,
    })),
  };
}

/** The baseline's keepalived.conf for the member at `index`. */
export function baselineKeepalived(
  host: LabHost,
  index: number,
  weight: number,
  vip = VIP,
): string {
  return `global_defs {
  router_id ${host.name}
  script_user root
  enable_script_security
}

vrrp_script check_traefik {
  script "/usr/local/bin/check_traefik.sh"
  interval 2
  timeout 3
  weight ${weight}
  fall 2
  rise 2
}

vrrp_instance VI_1 {
  state ${index === 0 ? "MASTER" : "BACKUP"}
  interface host0
  virtual_router_id 51
  priority ${index === 0 ? 200 : 100}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass homelab1
  }
  virtual_ipaddress {
    ${vip}
  }
  track_script {
    check_traefik
  }
}
`;
}

const UNIT = `[Unit]
Description=Traefik
After=network-online.target

[Service]
ExecStart=/usr/local/bin/traefik --configFile=/etc/traefik/traefik.yml
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

const CHECK = `#!/bin/bash
curl -sf --max-time 2 http://localhost:8080/ping >/dev/null
`;

/** Sets a host up as it was before: the files by hand, then the services. */
export async function setUpBaseline(host: LabHost, index: number, vip = VIP): Promise<void> {
  const staticFile = {
    entryPoints: { web: { address: ":80" }, traefik: { address: ":8080" } },
    ping: { entryPoint: "traefik" },
    providers: { file: { directory: "/etc/traefik/dynamic", watch: true } },
  };
  const routers = {
    whoami: { entryPoints: ["web"], rule: `Host(\`${ROUTE_HOST}\`)`, service: "whoami" },
  };
  const services = { whoami: { loadBalancer: { servers: [{ url: BACKEND_URL }] } } };
  const files: Record<string, string> = {
    "/etc/traefik/traefik.yml": stringify(staticFile),
    "/etc/traefik/dynamic/routes.yml": stringify({ http: { routers, services } }),
    "/etc/systemd/system/traefik.service": UNIT,
    "/usr/local/bin/check_traefik.sh": CHECK,
    "/etc/keepalived/keepalived.conf": baselineKeepalived(host, index, BASELINE_FIXED_WEIGHT, vip),
  };
  for (const [path, content] of Object.entries(files)) {
    const script = `mkdir -p "$(dirname ${path})" && cat >${path}`;
    await inHost(host, script, { input: content });
  }
  const start = `chmod 755 /usr/local/bin/check_traefik.sh
systemctl daemon-reload && systemctl enable -q traefik keepalived && systemctl restart traefik keepalived`;
  const { status, stderr } = await inHost(host, start);
  if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
}
