import type { StackConfig } from "../../../config/stack";
import { realStack } from "../../lib/real-stack";
import { type ChosenStack, chooseStack, parseChosen } from "../../lib/stack-files";
import { migrateHa } from "./run";

const nothing = "nothing to do: the state has no HA group of an HaGroup";

/** {@link migrateHa} for a stack that the user's own Pulumi knows, with what to do next; line by line. */
export async function migrateNamed(
  stack: string,
  apply: boolean,
  site?: string,
): Promise<string[]> {
  const chosen = chooseStack({ stack, ...(site !== undefined && { site }) });
  // Says which sites there are, where one has to be named.
  const { stack: config } = parseChosen(chosen).parsed;
  const done = await migrateHa(await realStack(chosen.stack), { apply, site });
  const after =
    apply || done.length === 0
      ? nextStep(chosen, config)
      : "nothing was changed; use --yes to apply";
  return [...done, ...(done.length === 0 ? [nothing] : []), after];
}

function nextStep({ stack, file, site }: ChosenStack, config: StackConfig | undefined): string {
  const section = site === undefined ? "homelab:cluster" : `homelab:sites.${site}.cluster`;
  const preview = `pulumi preview --stack ${stack}`;
  return config?.cluster.pveVersion === 8
    ? `next: set ${section}.pveVersion in ${file} to 9, then run \`${preview}\``
    : `next: run \`${preview}\``;
}
