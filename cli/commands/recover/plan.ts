import type { EngineEvent, Stack } from "@pulumi/pulumi/automation";
import { engineReason } from "../../../clients/pulumi/engine-error";
import type { StateResource } from "./state";

/** A step that an update would take. */
export interface PlannedStep {
  /** As the engine names it: `create`, `delete-replaced`. */
  operation: string;
  /** The resource as it would be; as it is, where it would be deleted. */
  resource: StateResource;
  /** Inputs that would change, by their first name. */
  changed: string[];
}

/** The steps that the next update would take. */
export interface Plan {
  steps: PlannedStep[];
  /** Why it ends early, in one line. @default it is whole */
  ended?: string;
}

/** Plans the next update of a stack, as far as it can be planned. */
export async function planNext(stack: Stack): Promise<Plan> {
  const events: EngineEvent[] = [];
  try {
    await stack.preview({ onEvent: (event) => events.push(event) });
    return { steps: stepsIn(events) };
  } catch (error) {
    return { steps: stepsIn(events), ended: engineReason(error) };
  }
}

function stepsIn(events: readonly EngineEvent[]): PlannedStep[] {
  return events.flatMap(({ resourcePreEvent }) => {
    const step = resourcePreEvent?.metadata;
    const found = step?.new ?? step?.old;
    if (!step || !found) return [];
    const { urn, type, id, parent, provider, inputs, custom = false } = found;
    const resource: StateResource = {
      urn,
      type,
      custom,
      inputs,
      ...(id && { id }),
      ...(parent && { parent }),
      ...(provider && { provider }),
    };
    const changed = (step.diffs ?? []).map((path) => path.split(/[.[]/)[0] ?? path);
    return [{ operation: step.op, resource, changed: [...new Set(changed)] }];
  });
}
