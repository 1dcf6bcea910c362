import type { ResourceModel } from "../model";
import { guestModels } from "./guests";
import { haGroup } from "./ha-groups";
import { haResource } from "./ha-resources";
import { haRule } from "./ha-rules";
import { jobModels } from "./jobs";

/** Resource types of the Proxmox provider that are simulated. */
export const proxmoxModels: Record<string, ResourceModel> = {
  ...guestModels,
  "proxmoxve:index/hagroup:Hagroup": haGroup,
  "proxmoxve:index/haresource:Haresource": haResource,
  "proxmoxve:index/harule:Harule": haRule,
  ...jobModels,
};
