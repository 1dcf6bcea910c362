import type { ResourceModel } from "../model";
import { guestModels } from "./guests";
import { haModels } from "./ha";
import { jobModels } from "./jobs";

/** Resource types of the Proxmox provider that are simulated. */
export const proxmoxModels: Record<string, ResourceModel> = {
  ...guestModels,
  ...haModels,
  ...jobModels,
};
