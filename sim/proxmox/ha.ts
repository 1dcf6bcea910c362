import type { ResourceModel } from "../model";
import { haGroup } from "./ha-groups";
import { haResource } from "./ha-resources";
import { haRule } from "./ha-rules";

/** HA groups, resources and rules. */
export const haModels: Record<string, ResourceModel> = {
  "proxmoxve:index/hagroup:Hagroup": haGroup,
  "proxmoxve:index/haresource:Haresource": haResource,
  "proxmoxve:index/harule:Harule": haRule,
};
