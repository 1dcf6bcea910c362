import { z } from "zod";
import { certificateProblems } from "../../config/sections/certificates";
import { withDefaults } from "../../config/sections/profiles";
import { traefikPairFields } from "../../config/sections/traefik-pairs";
import { ENTRY_POINT_PORTS, ENTRY_POINTS } from "../../templates/traefik/traefik";
import {
  drainPortProblems,
  exporterPortProblems,
  sshSchema,
  vrrpArgs,
} from "../shared/args-schema";

/** File of the dynamic directory that holds the routes of this stack. */
export const ROUTES_FILE = "routes.yml";

/** File of the dynamic directory that names the certificates. */
export const CERTIFICATES_FILE = "certificates.yml";

/** The dynamic files that this stack writes on every member; all others are written by hand. */
export const OWN_FILES: readonly string[] = [ROUTES_FILE, CERTIFICATES_FILE];

const { traefik, replication, routes, certificates } = traefikPairFields;

/** The arguments of `TraefikHaPair`, and what must hold among them. */
export const traefikArgsSchema = z
  .strictObject({ ...vrrpArgs, traefik, replication, routes, certificates, ssh: sshSchema })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const { dynamicDirectory, pingPort, driftPort } = facts.traefik;
    for (const [key, port, free] of [
      ["pingPort", pingPort, 8080],
      ["driftPort", driftPort, 8081],
    ] as const) {
      const taken = ENTRY_POINTS.find((entryPoint) => ENTRY_POINT_PORTS[entryPoint] === port);
      if (taken)
        problem(["traefik", key], `found ${port}, the port of "${taken}"; use e.g. ${free}`);
    }
    if (driftPort === pingPort) {
      problem(
        ["traefik", "driftPort"],
        `found ${driftPort}, the port on which Traefik answers the health check; use another one`,
      );
    }
    for (const message of drainPortProblems(facts, {
      pingPort,
      driftPort,
      ...ENTRY_POINT_PORTS,
    })) {
      problem(["drainPort"], message);
    }
    for (const message of exporterPortProblems(facts.monitoring, {
      pingPort,
      driftPort,
      ...ENTRY_POINT_PORTS,
    })) {
      problem(["monitoring", "exporterPort"], message);
    }
    for (const [route, { entryPoint }] of Object.entries(facts.routes)) {
      if (ENTRY_POINTS.some((known) => known === entryPoint)) continue;
      problem(
        ["routes", route, "entryPoint"],
        `found "${entryPoint}", expected one of ${ENTRY_POINTS.join(", ")}; change it`,
      );
    }
    const members = facts.members.map((member) => member.name);
    for (const { path, message } of certificateProblems(
      facts.certificates,
      members,
      dynamicDirectory,
    )) {
      problem(path, message);
    }
  })
  .transform(withDefaults);

/** The checked facts of a pair, with every number in place. */
export type TraefikFacts = Omit<z.output<typeof traefikArgsSchema>, "ssh">;
