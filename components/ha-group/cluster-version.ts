import { getVersion } from "@muhlba91/pulumi-proxmoxve/getVersion";
import * as pulumi from "@pulumi/pulumi";
import { versionNote } from "../../model/placement/cluster-version";
import { reason } from "../guests/location";
import { siteFlag } from "../shared/site-names";

/**
 * Says in the plan when the cluster was upgraded and the stack file was not.
 *
 * @param parent the site. @default the stack has one cluster
 */
export async function compareVersion(declared: 8 | 9, parent?: pulumi.Resource): Promise<void> {
  const migrate = `homelab migrate-ha --stack ${pulumi.getStack()}${siteFlag(parent)}`;
  try {
    const { version } = await getVersion(parent ? { parent } : {});
    const note = versionNote(declared, version, migrate);
    if (note !== undefined) void pulumi.log.warn(note);
  } catch (error) {
    // A cluster that does not answer is told where it matters: at the first change of one of its objects.
    void pulumi.log.warn(`could not read the cluster's version: ${reason(error)}`);
  }
}
