import { inHost, type LabHost } from "../machine/host";
import { DYNAMIC_DIRECTORY, PAIR } from "../pair/pair";
import { added, corrupted } from "./corrupted";
import { roles, type Stage } from "./stage";

const ROUTES = `${DYNAMIC_DIRECTORY}/routes.yml`;

/** The line that names host and file, with the words of what refused it. */
const refused = (host: LabHost, path: string, text: string) =>
  new RegExp(`^ *${host.name}: ${path}: .*${text}`, "m");

async function inHostOrThrow(host: LabHost, script: string): Promise<void> {
  const { status, stderr } = await inHost(host, `set -eu\n${script}`);
  if (status !== 0) throw new Error(`${host.name}: ${stderr.trim()}`);
}

/** A text that is no YAML; the last member in the order, which is configured first, refuses it. */
export const badYaml = corrupted({
  name: "yaml",
  title: "Corrupted: routes are not YAML",
  wanted: { transform: { traefikRoutes: added("  - broken: [\n") } },
  says: (stage) => [refused(roles(stage).other, ROUTES, "its daemon refuses the new text.*yaml")],
});

/** A key that Traefik does not know, in the file that it reads at its start only. */
export const unknownKey = corrupted({
  name: "key",
  title: "Corrupted: unknown key in traefik.yml",
  wanted: { transform: { traefikStatic: added("accessLog: { fielPath: /var/log/x }\n") } },
  says: (stage) => [
    refused(roles(stage).other, "/etc/traefik/traefik.yml", "field not found, node: fielPath"),
  ],
});

/** An interface that no host has. */
export const wrongInterface = corrupted({
  name: "interface",
  title: "Corrupted: interface that no host has",
  wanted: { interface: "eth9" },
  says: (stage) => [
    refused(
      roles(stage).other,
      "/etc/keepalived/keepalived.conf",
      "interface eth9 .* doesn't exist",
    ),
  ],
});

const PEM = "/etc/traefik/certificates";
const CERTIFICATE = "lab.test";

/** A certificate whose key cannot be read, on the member that owns it. */
export const unreadableCertificate = corrupted({
  name: "certificate",
  title: "Corrupted: key of a certificate unreadable",
  wanted: { certificates: [CERTIFICATE] },
  spoil: (stage) =>
    inHostOrThrow(
      roles(stage).preferred,
      `umask 077
mkdir -p ${PEM}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 \\
  -keyout ${PEM}/good.pem -out ${PEM}/${CERTIFICATE}.crt -subj /CN=${CERTIFICATE} 2>/dev/null
head -c 60 ${PEM}/good.pem >${PEM}/${CERTIFICATE}.key`,
    ),
  says: (stage) => [
    refused(
      roles(stage).preferred,
      `${DYNAMIC_DIRECTORY}/certificates.yml`,
      `${PEM}/${CERTIFICATE}.key holds no private key that can be read`,
    ),
  ],
  mend: (stage) =>
    inHostOrThrow(
      roles(stage).preferred,
      `if [ -e ${PEM}/good.pem ]; then mv ${PEM}/good.pem ${PEM}/${CERTIFICATE}.key; fi`,
    ),
  mended: { certificates: [CERTIFICATE] },
  tidy: async (stage) => {
    const { preferred, other } = roles(stage);
    const script = `rm -rf ${PEM} ${DYNAMIC_DIRECTORY}/certificates.yml`;
    for (const host of [preferred, other]) await inHostOrThrow(host, script);
  },
});

/** No room below the master's dynamic directory, after the other member took the new text. */
export const diskFull = corrupted({
  name: "disk",
  title: "Corrupted: disk full on the master",
  spoil: (stage) =>
    inHostOrThrow(
      roles(stage).preferred,
      `tar -C ${DYNAMIC_DIRECTORY} -cf /run/lab-dynamic.tar .
mount -t tmpfs -o size=64k,mode=0755 lab ${DYNAMIC_DIRECTORY}
tar -C ${DYNAMIC_DIRECTORY} -xpf /run/lab-dynamic.tar
cat /dev/zero >${DYNAMIC_DIRECTORY}/.filler 2>/dev/null || true`,
    ),
  says: (stage) => [
    refused(roles(stage).preferred, ROUTES, "the text cannot be stored.*No space left on device"),
  ],
  mend: (stage) =>
    inHostOrThrow(
      roles(stage).preferred,
      `if mountpoint -q ${DYNAMIC_DIRECTORY}; then umount ${DYNAMIC_DIRECTORY}; fi`,
    ),
});

/** Takes a program away, or puts it back. */
const without = (path: string) => ({
  spoil: (stage: Stage) => inHostOrThrow(roles(stage).other, `mv ${path} ${path}.gone`),
  mend: (stage: Stage) =>
    inHostOrThrow(roles(stage).other, `if [ -e ${path}.gone ]; then mv ${path}.gone ${path}; fi`),
});

/** The program that judges keepalived's configuration is gone; what runs goes on. */
export const keepalivedMissing = corrupted({
  name: "keepalived",
  title: "Corrupted: keepalived missing on a host",
  wanted: { transform: { keepalivedConf: added("# changed\n") } },
  ...without("/usr/sbin/keepalived"),
  says: (stage) => [
    refused(
      roles(stage).other,
      "/etc/keepalived/keepalived.conf",
      "cannot be tested.*keepalived: (command )?not found",
    ),
  ],
});

/** The same with Traefik's. */
export const traefikMissing = corrupted({
  name: "traefik",
  title: "Corrupted: Traefik missing on a host",
  ...without("/usr/local/bin/traefik"),
  says: (stage) => [
    refused(roles(stage).other, ROUTES, "cannot be tested.*/usr/local/bin/traefik is not there"),
    new RegExp(`\\(${PAIR}-${roles(stage).other.name}-traefik-routes\\)`),
  ],
});
