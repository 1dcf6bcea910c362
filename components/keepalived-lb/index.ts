import * as pulumi from "@pulumi/pulumi";
import { clientCertificateMistake } from "../../config/sections/kubernetes/distribution";
import { secondPortOf } from "../../model/kubernetes/distribution";
import { judgePassword } from "../../model/secrets-check";
import { addressOf } from "../../model/text";
import { haproxyService } from "../../templates/host/services";
import { clusterConfiguration, joinConfiguration } from "../../templates/kubeadm/kubeadm";
import {
  type NodeConfigurationTexts,
  nodeConfiguration,
} from "../../templates/kubernetes/node-configuration";
import type { FirewallNeeds } from "../shared/firewall";
import { rollOut } from "../shared/member-scope";
import { changeMembers } from "../shared/membership";
import { checkedArgs, refuse, refuseErrors, showWarnings } from "../shared/parse-args";
import { inSite, joinSite } from "../shared/site-names";
import { judgeMembers } from "../shared/vrrp-member";
import type { KeepalivedLbArgs } from "./args";
import {
  type ApiFacts,
  endpointOf,
  judgeApi,
  kubeadmOf,
  lbArgsSchema,
  mastersOf,
  sansOf,
  workersOf,
} from "./facts";
import { apiFirewallOf } from "./firewall";
import { firstAuthority, joinNodes } from "./kubeadm-join";
import { configureBalancer } from "./member";
import type { KeepalivedLbOptions, LbKind, LbTransforms } from "./options";

export type { KeepalivedLbArgs, KeepalivedLbOptions, LbTransforms };

/** kubeadm's configuration as YAML text; nothing in it is secret. */
export interface KubeadmTexts {
  /** For `kubeadm init --config`. */
  clusterConfiguration: string;
  /** `JoinConfiguration` by name of the node; `TOKEN`, `CA_CERT_HASH` and `CERTIFICATE_KEY` stand for what is made at the join. */
  joinConfigurations: Record<string, string>;
}

/** HAProxy in front of the API servers of a Kubernetes cluster, on hosts that share one address. */
export class KeepalivedLb extends pulumi.ComponentResource {
  /** Virtual address without prefix length. */
  readonly address: pulumi.Output<string>;
  /** `address:port`, for `kubeadm init --control-plane-endpoint`. */
  readonly endpoint: pulumi.Output<string>;
  /** Names for kubeadm's `apiServer.certSANs`: clients meet the API under any of these. */
  readonly certificateSans: pulumi.Output<string[]>;
  /** Configuration for kubeadm; undefined for a cluster that was installed by something else. */
  readonly kubeadm: pulumi.Output<KubeadmTexts | undefined>;
  /** What nodes of k3s, RKE2 and Talos have to be told; undefined for kubeadm. */
  readonly nodeConfiguration: pulumi.Output<NodeConfigurationTexts | undefined>;
  /** What a firewall between the hosts has to let through. */
  readonly firewall: pulumi.Output<FirewallNeeds>;

  constructor(name: string, args: KeepalivedLbArgs, opts?: KeepalivedLbOptions) {
    const checked = checkedArgs("KeepalivedLb", name, lbArgsSchema, args);
    const { ssh, statsPassword, clientCertificate, ...facts } = checked.args;
    const findings = [...judgeMembers(name, facts), ...judgeApi(facts)];
    const warnings = refuseErrors(findings, checked.what);
    const password = passwordOf(statsPassword, facts.stats.user, checked.what);
    const client = clientCertificateOf(clientCertificate, checked.what);
    super("homelab:components:KeepalivedLb", inSite(name, opts?.parent), facts, opts);
    joinSite(this, opts?.parent);
    showWarnings(this, warnings);

    const rollout = { name, parent: this, ssh, transform: opts?.transform };
    const first = facts.kubeadm.join ? firstAuthority(rollout, facts) : undefined;
    const authority = first?.authority ?? trimmed(facts.caCertificate);
    const before = changeMembers(rollout, { name, facts, service: haproxyService(facts) });
    const balancers = rollOut<LbKind>(
      rollout,
      facts.members,
      (scope) =>
        configureBalancer(scope, name, facts, { password, authority, clientCertificate: client }),
      before,
    );
    if (first) joinNodes(rollout, facts, first, balancers);

    this.address = pulumi.output(addressOf(facts.vip));
    this.endpoint = pulumi.output(endpointOf(facts));
    this.certificateSans = pulumi.output(sansOf(facts));
    const texts = nodeConfigurationOf(facts);
    this.kubeadm = pulumi.output(texts ? undefined : kubeadmTexts(name, facts));
    this.nodeConfiguration = pulumi.output(texts);
    const network = { ...facts, second: secondPortOf(facts) };
    this.firewall = pulumi.output(apiFirewallOf(network, ssh.port));
    this.registerOutputs({
      address: this.address,
      endpoint: this.endpoint,
      certificateSans: this.certificateSans,
      kubeadm: this.kubeadm,
      // An output more would be a difference in every state that was made before.
      ...(texts && { nodeConfiguration: this.nodeConfiguration }),
      firewall: this.firewall,
    });
  }
}

/**
 * The password as a secret that is not weak. One that is known now is refused now; one that comes
 * from somewhere else is judged before it is written anywhere.
 */
function passwordOf(
  password: pulumi.Input<string> | undefined,
  user: string,
  what: string,
): pulumi.Output<string> {
  if (password === undefined) {
    const message = "missing, expected a secret; set homelab:secrets.statsPasswords.<name>";
    refuse([{ path: ["statsPassword"], message }], what);
  }
  const judged = (value: string) => {
    const findings = judgePassword(`statsPassword of ${user}`, value);
    refuseErrors(
      findings.map((finding) => ({ ...finding, path: ["statsPassword"] })),
      what,
    );
    return value;
  };
  if (typeof password === "string") return pulumi.secret(judged(password));
  return pulumi.secret(password ?? "").apply(judged);
}

/** The client certificate as a secret; one that is known now is judged now. */
function clientCertificateOf(
  pem: pulumi.Input<string> | undefined,
  what: string,
): pulumi.Output<string> | undefined {
  if (pem === undefined) return undefined;
  const judged = (text: string) => {
    const message = clientCertificateMistake(text);
    refuse(message === undefined ? [] : [{ path: ["clientCertificate"], message }], what);
    return `${text.trim()}\n`;
  };
  if (typeof pem === "string") return pulumi.secret(judged(pem));
  return pulumi.secret(pem).apply(judged);
}

function nodeConfigurationOf(facts: ApiFacts): NodeConfigurationTexts | undefined {
  const { distribution = "kubeadm", port } = facts;
  if (distribution === "kubeadm") return undefined;
  const second = secondPortOf(facts);
  return nodeConfiguration({
    distribution,
    address: addressOf(facts.vip),
    port,
    supervisorPort: second?.kind === "supervisor" ? second.port : undefined,
    talosApi: second?.kind === "talos",
    disable: facts.disable,
    certificateSans: sansOf(facts),
  });
}

function kubeadmTexts(name: string, facts: ApiFacts): KubeadmTexts {
  const cluster = kubeadmOf(name, facts);
  const [, ...masters] = mastersOf(facts);
  const joins = [
    ...masters.map((node) => ({ node, role: "control-plane" as const })),
    ...workersOf(facts).map((node) => ({ node, role: "worker" as const })),
  ];
  return {
    clusterConfiguration: clusterConfiguration(cluster),
    joinConfigurations: Object.fromEntries(
      joins.map(({ node, role }) => [node.name, joinConfiguration(cluster, node, role)]),
    ),
  };
}

function trimmed(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : `${pem.trim()}\n`;
}
