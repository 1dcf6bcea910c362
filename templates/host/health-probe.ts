import { withPort } from "../../model/network/address";
import { word } from "../text";

/** What has to hold on a member while it is fit to own the virtual address. */
export interface HealthProbe {
  /** systemd units that are enabled, started and stay active, in the order in which they start. */
  units: readonly string[];
  /** What the service answers on the member itself, and then through the virtual address. */
  questions: readonly Question[];
}

/** A command that succeeds while all is well. */
export interface Question {
  command: string;
  /** What is wrong when it fails. */
  otherwise: string;
}

/** Whether a URL answers with 200. */
export function answers(address: string): Question {
  const url = word(address, "url");
  return {
    command: `curl -fsS -o /dev/null --max-time 2 ${url} 2>/dev/null`,
    otherwise: `${url} does not answer with 200`,
  };
}

/** Whether a virtual address takes connections, on whichever member it is. */
export function takesConnections(vip: string, servicePort: number): Question {
  const address = word(vip, "vip");
  const port = word(servicePort, "port");
  return {
    command: `timeout 2 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null`,
    otherwise: `${withPort(vip, servicePort)}, the virtual address, does not take connections`,
  };
}

/** Whether the script passes with which keepalived checks the service. */
export function passes(path: string): Question {
  const script = word(path, "script");
  return { command: `${script} >/dev/null 2>&1`, otherwise: `${script} fails` };
}

/** Whether the same script passes when it asks the virtual address instead of the member. */
export function passesAt(path: string, vip: string): Question {
  const script = word(path, "script");
  const address = word(vip, "vip");
  return {
    command: `${script} ${address} >/dev/null 2>&1`,
    otherwise: `${address}, the virtual address, gives no right answer (${script} ${address})`,
  };
}

/** Whether one of two questions has a good answer; what is wrong is said as the first one says it. */
export function eitherOf(first: Question, second: Question): Question {
  if (first.command === second.command) return first;
  return { ...first, command: `{ ${first.command} || ${second.command}; }` };
}

/** Shell function `fit`; what is wrong is in `why` when it fails. */
export function healthyFunction(probe: HealthProbe): string {
  const questions = probe.questions
    .map(({ command, otherwise }) => `  ${command} ||\n    { why="${otherwise}"; return 1; }\n`)
    .join("");
  return `fit() {
  for unit in ${unitList(probe.units)}; do
    systemctl is-active --quiet "$unit" || { why="$unit is not active"; return 1; }
  done
${questions}}
why=
`;
}

/** Names of units for a command line. */
export function unitList(units: readonly string[]): string {
  return units.map((name) => word(name, "unit")).join(" ");
}
