import { cloudflareFunctions, cloudflareModels } from "./cloudflare/cloudflare";
import { commandModels } from "./command/command";
import type { Faults } from "./faults";
import { kubernetesModel } from "./kubernetes/kubernetes";
import type { ResourceModel } from "./model";
import type { Props } from "./props";
import { proxmoxModels } from "./proxmox";
import { proxmoxFunctions } from "./proxmox/functions";
import type { World } from "./world";

const models: Record<string, ResourceModel> = {
  ...proxmoxModels,
  ...commandModels,
  ...cloudflareModels,
};

/** The behaviour of a resource type; a type that is not simulated is an error, never a silent success. */
export function modelOf(type: string): ResourceModel {
  const model = models[type];
  if (model !== undefined) return model;
  if (/^kubernetes:[^:]+:[A-Z]\w+$/.test(type)) return kubernetesModel;
  throw new Error(
    `the simulated platforms do not have the resource type ${type}; they have ${Object.keys(models).join(", ")} and the kinds of Kubernetes`,
  );
}

const functions: Record<string, (args: Props, world: World, faults: Faults) => Props> = {
  ...proxmoxFunctions,
  ...cloudflareFunctions,
};

/** Answers a provider function. */
export function callFunction(token: string, args: Props, world: World, faults: Faults): Props {
  const answer = functions[token];
  if (answer !== undefined) return answer(args, world, faults);
  throw new Error(
    `the simulated platforms do not have the function ${token}; they have ${Object.keys(functions).join(", ")}`,
  );
}
