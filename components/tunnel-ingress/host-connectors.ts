import type { Command } from "@pulumi/command/remote/command";
import type * as pulumi from "@pulumi/pulumi";
import {
  connectorEnvironment,
  connectorHealth,
  connectorPaths,
  connectorUnit,
  installCloudflared,
} from "../../templates/cloudflared/connector";
import { installPackages } from "../../templates/host/install";
import { unitPath } from "../../templates/host/member-health";
import { verifyUnit } from "../../templates/host/systemd";
import { commandIn, fileIn, type Rollout, scopeOf } from "../shared/member-scope";
import type { HostConnectorTransforms } from "./options";
import type { TunnelFacts } from "./rules";

type Kind = keyof HostConnectorTransforms;

/**
 * cloudflared as a systemd unit on two or more hosts, one after the other: each waits until the one
 * before is connected, so that a bad release or token never takes all of them.
 *
 * @param inputs the tunnel's token, and what has to be there before anybody connects
 * @returns the last command of each host, which is done when it is connected to Cloudflare
 */
export function hostConnectors(
  rollout: Rollout<Kind>,
  connectors: NonNullable<TunnelFacts["connectors"]>,
  { token, after }: { token: pulumi.Output<string>; after: pulumi.Resource },
): Command[] {
  const { hosts, metricsPort, ...release } = connectors;
  const { unit, environment } = connectorPaths(rollout.name);
  const connected: Command[] = [];
  for (const host of hosts) {
    const scope = scopeOf(rollout, host, [after, ...connected.slice(-1)]);
    const packages = commandIn(
      scope,
      "packages",
      { script: installPackages(["curl", "ca-certificates"]) },
      [],
    );
    const program = commandIn(scope, "cloudflared", { script: installCloudflared(release) }, [
      packages,
    ]);
    const restart = `! systemctl -q cat ${unit} >/dev/null 2>&1 || systemctl try-restart ${unit}`;
    const secret = fileIn(
      scope,
      "connectorToken",
      {
        path: environment,
        content: token.apply(connectorEnvironment),
        mode: "0600",
        reload: restart,
      },
      [program],
    );
    const file = fileIn(
      scope,
      "connectorUnit",
      {
        path: unitPath(unit),
        content: connectorUnit(rollout.name, metricsPort),
        test: verifyUnit(unit),
        reload: `systemctl daemon-reload && systemctl enable ${unit} && systemctl restart ${unit}`,
      },
      [secret.command],
    );
    connected.push(
      commandIn(
        scope,
        "connectorHealth",
        {
          script: connectorHealth(rollout.name, metricsPort, release.version),
          runAgainOn: { unit: file.sha256, token: secret.sha256, version: release.version },
        },
        [file.command],
      ),
    );
  }
  return connected;
}
