import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { recorded } from "../../cli/lib/recorded";
import { inHost, type LabHost } from "../machine/host";
import { until } from "../machine/shell";
import { MASTERS } from "./hosts";

/** Unit of the member of etcd on a master. */
export const ETCD_UNIT = "etcd.service";

/** Where the member of the same host takes requests, as kubeadm has it. */
export const ETCD_URL = "http://127.0.0.1:2379";

const peerUrl = (address: string) => `http://${address}:2380`;

/** Puts a member of etcd on a prepared host: with the timers that etcd has by itself, as kubeadm leaves them. */
export function installEtcd({ name, address, root }: LabHost): void {
  const cluster = MASTERS.map((plan) => `${plan.name}=${peerUrl(plan.address)}`).join(",");
  const flags = [
    `--name=${name}`,
    "--data-dir=/var/lib/etcd",
    `--listen-client-urls=${ETCD_URL}`,
    `--advertise-client-urls=${ETCD_URL}`,
    `--listen-peer-urls=${peerUrl(address)}`,
    `--initial-advertise-peer-urls=${peerUrl(address)}`,
    `--initial-cluster=${cluster}`,
  ];
  const unit = `[Unit]
Description=etcd

[Service]
Environment=GOMEMLIMIT=256MiB
ExecStart=/usr/local/bin/etcd ${flags.join(" ")}
Restart=no
`;
  writeFileSync(join(root, "etc/systemd/system", ETCD_UNIT), unit);
}

/** Starts the members and waits until one of them leads. */
export async function startEtcd(masters: readonly LabHost[]): Promise<void> {
  for (const host of masters) {
    await inHost(host, `systemctl reset-failed; systemctl start ${ETCD_UNIT}`);
  }
  await until("etcd has a leader", 60, async () => (await etcdLeader(masters)) !== undefined);
}

const memberStatus = z.looseObject({
  header: z.looseObject({ member_id: z.string() }),
  /** Number of the member that leads. @default none does */
  leader: z.string().default("0"),
});

/** Numbers of a member and of whom it follows; numbers are beyond what a JSON number holds. */
export function statusIn(answer: string): { member: string; leader: string } {
  const { header, leader } = recorded(memberStatus, answer, "etcd's status");
  return { member: header.member_id, leader };
}

async function statusOf(host: LabHost): Promise<ReturnType<typeof statusIn> | undefined> {
  const { status, stdout } = await post(host, "/v3/maintenance/status", {});
  return status === 0 && stdout !== "" ? statusIn(stdout) : undefined;
}

/** The host whose member leads, if one of these does. */
export async function etcdLeader(masters: readonly LabHost[]): Promise<LabHost | undefined> {
  for (const host of masters) {
    const found = await statusOf(host);
    if (found && found.member === found.leader) return host;
  }
  return undefined;
}

/** Hands the lead to a member, which has to be well. */
export async function makeLeader(masters: readonly LabHost[], wanted: LabHost): Promise<void> {
  await until(`etcd on ${wanted.name} leads`, 30, async () => {
    const [leading, target] = [await etcdLeader(masters), await statusOf(wanted)];
    if (!leading || !target) return false;
    if (leading.name === wanted.name) return true;
    await post(leading, "/v3/maintenance/transfer-leadership", { targetID: target.member });
    return false;
  });
}

function post(host: LabHost, path: string, body: object) {
  const script = `curl -s -m 2 -X POST -d '${JSON.stringify(body)}' ${ETCD_URL}${path}`;
  return inHost(host, script);
}
