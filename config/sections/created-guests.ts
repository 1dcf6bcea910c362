import type { Problem } from "../file/problem";
import type { Path } from "../file/raw";
import type { StackConfig } from "../stack";

const error = (path: Path, message: string): Problem => ({ path, message, severity: "error" });

/** What a container's creation has and a virtual machine's has not, and the other way round. */
export function createProblems(
  name: string,
  { create, type }: StackConfig["guests"][string],
): Problem[] {
  if (!create) return [];
  const path = ["guests", name, "create"];
  const found: Problem[] = [];
  const wanted = type === "ct" ? "vztmpl" : "import";
  if (!create.template.includes(`:${wanted}/`)) {
    found.push(
      error(
        [...path, "template"],
        type === "ct"
          ? `found "${create.template}", expected a template of a container; write e.g. local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst`
          : `found "${create.template}", expected a cloud image of the content type "import"; write e.g. local:import/debian-13-genericcloud-amd64.qcow2`,
      ),
    );
  }
  if (type === "vm" && create.sshKeys === undefined) {
    found.push(
      error(
        [...path, "sshKeys"],
        "missing, expected the public SSH keys of root: nobody could log in to the machine; add them",
      ),
    );
  }
  if (type === "ct" && create.sshKeys !== undefined) {
    found.push(
      error(
        [...path, "sshKeys"],
        "only virtual machines get keys, since a change of them would replace a container; make them part of the template",
      ),
    );
  }
  return found;
}
