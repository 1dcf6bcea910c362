import type * as pulumi from "@pulumi/pulumi";
import { virtualAddresses } from "../../model/vrrp/group";
import { unitPath } from "../../templates/host/member-health";
import { handoverService, handoverSocket, verifyUnit } from "../../templates/host/systemd";
import {
  HANDOVER_PACKAGE,
  HANDOVER_SCRIPT,
  HANDOVER_SERVICE,
  HANDOVER_SOCKET,
  handoverScript,
} from "../../templates/keepalived/handover";
import type { FirewallRule } from "./firewall";
import type { HostFile } from "./host-files";
import { fileIn, type Scope } from "./member-scope";
import type { VrrpFacts, VrrpKind } from "./vrrp-member";

/** Packages that a member needs to keep open connections; none where they are cut. */
export function handoverPackages({ drainSec }: VrrpFacts): string[] {
  return drainSec > 0 ? [HANDOVER_PACKAGE] : [];
}

/** The files with which members keep open connections; none where they are cut. */
export function handoverFiles(
  scope: Scope<VrrpKind>,
  facts: VrrpFacts,
  after: readonly pulumi.Resource[],
): Record<string, HostFile> {
  const { drainSec, drainPort, members } = facts;
  if (drainSec === 0) return {};
  const { member } = scope;
  const script = fileIn(
    scope,
    "handoverScript",
    {
      path: HANDOVER_SCRIPT,
      mode: "0755",
      content: handoverScript({
        vips: virtualAddresses(facts),
        interface: member.interface ?? facts.interface,
        peers: members.filter((other) => other !== member),
        port: drainPort,
        drainSec,
      }),
      test: 'bash -n "$NEW"',
    },
    after,
  );
  const service = fileIn(
    scope,
    "handoverService",
    {
      path: unitPath(HANDOVER_SERVICE),
      content: handoverService(HANDOVER_SCRIPT),
      test: verifyUnit(HANDOVER_SERVICE),
      reload: "systemctl daemon-reload",
    },
    [script.command],
  );
  const socket = fileIn(
    scope,
    "handoverSocket",
    {
      path: unitPath(HANDOVER_SOCKET),
      content: handoverSocket(member.address, drainPort),
      test: verifyUnit(HANDOVER_SOCKET),
      reload: `systemctl daemon-reload && systemctl enable --quiet ${HANDOVER_SOCKET} && systemctl restart ${HANDOVER_SOCKET}`,
    },
    [service.command],
  );
  return { handover: script, "handover@.service": service, "handover.socket": socket };
}

/**
 * What members send each other to keep open connections. The packets themselves are passed on as
 * clients sent them, and need no rule beside that of the clients.
 */
export function handoverRules(facts: {
  members: readonly { address: string }[];
  drainSec?: number;
  drainPort?: number;
}): FirewallRule[] {
  const { drainSec = 0, drainPort } = facts;
  if (drainSec === 0 || drainPort === undefined) return [];
  const members = facts.members.map(({ address }) => address);
  return [
    {
      from: members,
      to: [...members],
      protocol: "tcp",
      port: drainPort,
      why: "members agree on keeping open connections",
    },
  ];
}
