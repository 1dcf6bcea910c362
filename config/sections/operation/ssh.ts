import { z } from "zod";
import { hostKey, hostname, ipAddress, port, shown, userName } from "../network";

/** A host through which others are reached. */
const proxyField = z
  .strictObject({
    host: z
      .union([ipAddress, hostname], {
        error: (issue) =>
          `found ${shown(issue.input)}, expected an address or a host name without scheme, port and path; write e.g. vpn.example.org`,
      })
      .describe("Its address or name, as it is reached from here."),
    port: port.default(22).describe("Port of its SSH server."),
    user: userName.default("root").describe("User to log in as on the jump host."),
    hostKey: hostKey.describe("Pinned SSH host key of the jump host itself."),
  })
  .optional()
  .describe(
    "Jump host through which all hosts of the cluster are reached, as with `ssh -J`; it has to let the same key in. Default: they are reached directly.",
  );

/** How the hosts of a cluster are reached over SSH. */
export const sshField = z
  .strictObject({
    user: userName.default("root").describe("User to log in as."),
    port: port.default(22).describe("Port of the SSH server."),
    proxy: proxyField,
  })
  .prefault({})
  .describe(
    "How hosts are reached. The key comes from the SSH agent, or from the secret `homelab:secrets.sshPrivateKey`.",
  );
