import { counted } from "../../../model/text";
import { columns } from "../../report/columns";
import type { WrittenMonitoring } from "./run";

/** What was written, what it watches, and what it does not. */
export function monitoringLines({ out, files, alerts, gaps }: WrittenMonitoring): string[] {
  const places = new Set(alerts.map(({ place }) => place));
  return [
    ...columns(files.map(({ name, what }) => [`  ${name}`, what])),
    `wrote ${counted(files.length, "file")} to ${out}: ${counted(alerts.length, "alert")} about ${[...places].join(", ")}`,
    ...gaps.map((gap) => `note: ${gap}`),
  ];
}
