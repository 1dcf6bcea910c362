import { realStack } from "../../lib/real-stack";
import { type ChosenStack, chooseStack, parseChosen } from "../../lib/stack-files";
import { migrateHa } from "./run";

const nothing = "nothing to do: the state has no HA group of an HaGroup";

/** {@link migrateHa} for a stack that the user's own Pulumi knows, with what to do next; line by line. */
export async function migrateNamed(stack: string, apply: boolean): Promise<string[]> {
  const chosen = chooseStack({ stack });
  const done = await migrateHa(await realStack(chosen.stack), { apply });
  const after =
    apply || done.length === 0 ? nextStep(chosen) : "nothing was changed; use --yes to apply";
  return [...done, ...(done.length === 0 ? [nothing] : []), after];
}

function nextStep(chosen: ChosenStack): string {
  const { stack, file } = chosen;
  const { stack: config } = parseChosen(chosen).parsed;
  const preview = `pulumi preview --stack ${stack}`;
  return config?.cluster.pveVersion === 8
    ? `next: set homelab:cluster.pveVersion in ${file} to 9, then run \`${preview}\``
    : `next: run \`${preview}\``;
}
