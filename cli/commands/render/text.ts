import { counted } from "../../../model/text";
import { columns } from "../../report/columns";
import type { Rendered } from "./run";

/** What was written, a line each. */
export function renderLines({ out, files }: Rendered): string[] {
  const rows = files.map(({ host, path, mode, owner }) => [`  ${host}`, path, mode, owner]);
  return [...columns(rows), `wrote ${counted(files.length, "file")} to ${out}`];
}
