import { BACKEND } from "../machine/network";
import { type StationProcess, startProcess } from "./station-process";

/** Port of the back end in its namespace. */
export const BACKEND_PORT = 8000;

/** URL of the back end as a route names it. */
export const BACKEND_URL = `http://${BACKEND.address}:${BACKEND_PORT}`;

/** Starts the web server behind every route. */
export function startBackend(): Promise<StationProcess> {
  return startProcess("instruments/backend-process", { namespace: BACKEND.name, ahead: true });
}
