import { put } from "../clusters/stacks";

/**
 * Turns the homelab's stack file into the owner's first attempt at Traefik's own address: the
 * tunnel leads to the shared address, the DNS password is behind the ingress, and the state is in
 * the PostgreSQL that shares the address.
 */
export function firstAttempt(data: Record<string, unknown>): void {
  put(
    data,
    ["tunnels", "viktorbarzin-me", "ingress"],
    [{ hostname: "*.viktorbarzin.me", origin: "https://10.0.20.200:443" }],
  );
  put(data, ["dns", "*.viktorbarzin.me"], { to: { address: "10.0.20.200" } });
  put(data, ["dns", "viktorbarzin.me", "to"], { address: "10.0.20.200" });
  const move = ["cutovers", "traefik-own-address"];
  put(data, [...move, "variant"], "in-place");
  put(data, [...move, "window"], "sunday 02:00-02:30");
  put(data, [...move, "phase"], undefined);
  put(data, [...move, "fromService"], undefined);
  put(data, [...move, "consumers", "tunnel"], undefined);
  put(data, [...move, "consumers", "crowdsec"], undefined);
  put(data, [...move, "credentials"], { "dns-password": { at: "vault.viktorbarzin.me" } });
  put(data, [...move, "stateBackend"], "postgres://state@10.0.20.200:5432/infra");
}
