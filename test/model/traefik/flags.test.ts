import { expect, test } from "vitest";
import { traefikFlags, traefikVariables } from "../../../model/traefik/flags";

const plain = (found: unknown) =>
  found === undefined ? undefined : JSON.parse(JSON.stringify(found));
const web = (address: string) => ({ entrypoints: { web: { address } } });

test.each([
  [
    "a unit",
    "ExecStart=/usr/bin/traefik --entryPoints.web.address=:80 --ping",
    { ...web(":80"), ping: {} },
  ],
  [
    "a list of Compose",
    '    command:\n      - "--entrypoints.web.address=:80"\n      - --PING.entryPoint=web\n',
    { ...web(":80"), ping: { entrypoint: "web" } },
  ],
  [
    "a list in brackets",
    'command: ["--ping=true", "--entrypoints.web.address=:80"]',
    { ...web(":80"), ping: {} },
  ],
  ["quotes", `--entrypoints.web.address=":80"`, web(":80")],
  [
    "ping before its entry point",
    "--ping=true --ping.entrypoint=web",
    { ping: { entrypoint: "web" } },
  ],
  ["ping that is off", "--ping=false --entrypoints.web.address=:80", web(":80")],
  ["a blank instead of =", "--entrypoints.web.address :80", web({} as string)],
  [
    "a place in a list",
    "--entrypoints.web.http.tls.domains[0].main=x.example",
    { entrypoints: { web: { http: { tls: { "domains[0]": { main: "x.example" } } } } } },
  ],
  ["the file alone", "ExecStart=/usr/bin/traefik --configFile=/etc/traefik/traefik.yml", undefined],
  ["none", "ExecStart=/usr/bin/traefik", undefined],
])("flags of %s", (_, text, expected) => {
  expect(plain(traefikFlags(text))).toEqual(expected);
});

test.each([
  [
    "a unit",
    "Environment=TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=:80\nEnvironment=TRAEFIK_PING=true",
    { ...web(":80"), ping: {} },
  ],
  ["Compose", '      TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: ":80"', web(":80")],
  ["other variables", "PATH=/bin\nMY_TRAEFIK_PING=true", undefined],
])("variables of %s", (_, text, expected) => {
  expect(plain(traefikVariables(text))).toEqual(expected);
});
