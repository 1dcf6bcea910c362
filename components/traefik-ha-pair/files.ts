import type { Command, CommandArgs } from "@pulumi/command/remote/command";
import * as pulumi from "@pulumi/pulumi";
import { certificateFiles } from "../../config/sections/certificates";
import { TRAEFIK_STATIC_FILE } from "../../model/host/paths";
import { TRAEFIK_RESTART_MARK } from "../../templates/host/install";
import { traefikUnit, verifyUnit } from "../../templates/host/systemd";
import {
  traefikCertificates,
  traefikDynamic,
  traefikStatic,
} from "../../templates/traefik/traefik";
import { TRY_SCRIPT, traefikTryScript } from "../../templates/traefik/trial";
import type { HostFile } from "../shared/host-files";
import { fileIn, type Scope } from "../shared/member-scope";
import { applied, type Transform } from "../shared/transform";
import { CERTIFICATES_FILE, ROUTES_FILE, type TraefikFacts } from "./facts";
import type { TraefikKind } from "./options";

/** The script with which the installed Traefik tries new configuration. */
export function tryFile(
  scope: Scope<TraefikKind>,
  facts: TraefikFacts,
  after: readonly pulumi.Resource[],
): Command {
  const text = {
    path: TRY_SCRIPT,
    content: traefikTryScript(facts.traefik.dynamicDirectory),
    mode: "0755",
    test: 'bash -n "$NEW"',
  };
  return fileIn(scope, "traefikTry", text, after).command;
}

/** What needs a restart of Traefik when it changes; the health of the member does a single one. */
export function traefikFiles(
  scope: Scope<TraefikKind>,
  facts: TraefikFacts,
  graceSec: number,
  after: readonly pulumi.Resource[],
): Record<string, HostFile> {
  const { pingPort, dynamicDirectory } = facts.traefik;
  const unit = fileIn(
    scope,
    "traefikUnit",
    {
      path: "/etc/systemd/system/traefik.service",
      content: traefikUnit(graceSec),
      test: verifyUnit("traefik.service"),
      reload: `systemctl daemon-reload && touch ${TRAEFIK_RESTART_MARK}`,
    },
    after,
  );
  const checked = withoutResolvers(scope.transform.traefikStatic);
  const staticFile = fileIn(
    { ...scope, transform: { ...scope.transform, traefikStatic: checked } },
    "traefikStatic",
    {
      path: TRAEFIK_STATIC_FILE,
      content: traefikStatic({
        pingPort,
        dynamicDirectory,
        graceSec,
        drainSec: facts.drainSec,
      }),
      test: `${TRY_SCRIPT} static "$NEW"`,
      reload: `touch ${TRAEFIK_RESTART_MARK}`,
    },
    after,
  );
  return { "traefik.service": unit, "traefik.yml": staticFile };
}

/** The files that Traefik takes by itself when they change. */
export function dynamicFiles(
  scope: Scope<TraefikKind>,
  facts: TraefikFacts,
  after: readonly pulumi.Resource[],
): Command[] {
  const { dynamicDirectory } = facts.traefik;
  const routes = fileIn(
    scope,
    "traefikRoutes",
    {
      path: `${dynamicDirectory}/${ROUTES_FILE}`,
      content: traefikDynamic(facts.routes),
      test: `${TRY_SCRIPT} dynamic ${ROUTES_FILE} "$NEW"`,
    },
    after,
  );
  if (!facts.certificates) return [routes.command];
  const { directory, names } = facts.certificates;
  const pairs = names.map(certificateFiles).map(({ certificate, key }) => ({
    certificate: `${directory}/${certificate}`,
    key: `${directory}/${key}`,
  }));
  const certificates = fileIn(
    scope,
    "traefikCertificates",
    {
      path: `${dynamicDirectory}/${CERTIFICATES_FILE}`,
      content: traefikCertificates(pairs),
      test: `${TRY_SCRIPT} certificates ${CERTIFICATES_FILE} "$NEW"`,
    },
    after,
  );
  return [routes.command, certificates.command];
}

/** A changed static configuration may do all but make Traefik ask for certificates itself. */
export function withoutResolvers(
  change: Transform<CommandArgs> | undefined,
): Transform<CommandArgs> | undefined {
  if (!change) return undefined;
  const checked = (text: string) => {
    if (!/^certificatesResolvers/m.test(text)) return text;
    throw new pulumi.RunError(
      "transform.traefikStatic: found certificatesResolvers, with which every member would ask for the same certificates; get them outside Traefik and name them in certificates",
    );
  };
  return (args, opts, name) => {
    const changed = applied(change, args, opts, name);
    const { stdin } = changed;
    // What is known now is refused now, before anything is sent to a host.
    if (typeof stdin === "string") return { ...changed, stdin: checked(stdin) };
    return { ...changed, stdin: pulumi.output(stdin).apply((text) => checked(text ?? "")) };
  };
}
