import type { ResourceModel } from "./model";
import { guestModels } from "./proxmox/guests";
import { haModels } from "./proxmox/ha";
import { jobModels } from "./proxmox/jobs";

/** Resource types of the Proxmox provider that are simulated. */
export const proxmoxModels: Record<string, ResourceModel> = {
  ...guestModels,
  ...haModels,
  ...jobModels,
};
