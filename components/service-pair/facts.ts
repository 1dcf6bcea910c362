import { z } from "zod";
import { withDefaults } from "../../config/sections/profiles";
import { servicePairFields } from "../../config/sections/services/service-pairs";
import { servicePort } from "../../templates/host/services";
import {
  drainPortProblems,
  exporterPortProblems,
  serviceCheckArgs,
  sshSchema,
  vrrpArgs,
} from "../shared/args-schema";

const { port, unit, replicate } = servicePairFields;

/** The arguments of `ServicePair`, and what must hold among them. */
export const serviceArgsSchema = z
  .strictObject({
    ...vrrpArgs,
    check: serviceCheckArgs.describe("What each member is asked, and how often."),
    port,
    unit,
    replicate,
    ssh: sshSchema,
  })
  .superRefine((facts, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const taken = servicePort(facts);
    if (taken === undefined) {
      if (facts.check.script === undefined) return;
      problem(
        ["port"],
        "missing, since check.script names none; state the TCP port that clients use",
      );
      return;
    }
    for (const message of drainPortProblems(facts, { port: taken })) {
      problem(["drainPort"], message);
    }
    for (const message of exporterPortProblems(facts.monitoring, { port: taken })) {
      problem(["monitoring", "exporterPort"], message);
    }
  })
  .transform(withDefaults);

/** The checked facts of a service pair, with every number in place. */
export type ServiceFacts = Omit<z.output<typeof serviceArgsSchema>, "ssh">;
