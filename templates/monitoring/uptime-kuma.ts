import type { MonitoringFacts } from "../../model/monitoring/types";
import { withPort } from "../../model/network/address";

/** Shortest interval that Uptime Kuma takes, in seconds. */
const LEAST_SEC = 20;

/** A monitor as the event `add` of Uptime Kuma's socket takes it, and as version 1 imports it. */
export interface KumaMonitor {
  name: string;
  type: "port" | "keyword" | "http";
  hostname?: string;
  port?: number;
  url?: string;
  keyword?: string;
  [setting: string]: unknown;
}

/**
 * A monitor for each virtual address, each member behind it and each keepalived. The last is read
 * from the member's metrics, for keepalived itself answers nobody.
 */
export function kumaMonitors(facts: MonitoringFacts): KumaMonitor[] {
  return facts.addresses
    .flatMap(({ place, vip, port, moveSec, members, daemon }): Asked[] => [
      { name: `${place}: address ${vip}`, type: "port", hostname: vip, port, moveSec },
      ...members.flatMap(({ name, address }): Asked[] => [
        {
          name: `${place}: ${daemon} on ${name}`,
          type: "port",
          hostname: address,
          port,
          moveSec: 0,
        },
        {
          name: `${place}: keepalived on ${name}`,
          type: "keyword",
          url: `http://${withPort(address, facts.exporterPort)}/metrics`,
          keyword: 'homelab_member_unit_active{unit="keepalived.service"} 1',
          moveSec: 0,
        },
      ]),
    ])
    .concat(
      facts.ingresses.map(({ place, address, port }) => ({
        name: `${place}: address ${address}`,
        type: "port",
        hostname: address,
        port,
        moveSec: 0,
      })),
    )
    .map(({ moveSec, ...asked }) => ({ ...common(moveSec), ...asked }));
}

type Asked = KumaMonitor & { moveSec: number };

/**
 * What every monitor has. Two failures in a row, or as many as a move of the address may meet, before
 * somebody is told; lists and maps as the event `add` wants them.
 */
function common(moveSec: number) {
  return {
    interval: LEAST_SEC,
    retryInterval: LEAST_SEC,
    resendInterval: 0,
    maxretries: Math.max(1, Math.ceil(moveSec / LEAST_SEC)),
    timeout: 10,
    active: true,
    method: "GET",
    maxredirects: 0,
    accepted_statuscodes: ["200-299"],
    notificationIDList: {},
    upsideDown: false,
    ignoreTls: false,
    expiryNotification: false,
    domainExpiryNotification: false,
    description: "by homelab monitoring",
    conditions: [],
    kafkaProducerBrokers: [],
    kafkaProducerSaslOptions: { mechanism: "None" },
    rabbitmqNodes: [],
  };
}

/** `uptime-kuma-v1.json`, for Settings, Backup, Import of version 1; version 2 has no import. */
export function kumaBackup(facts: MonitoringFacts): string {
  const monitorList = kumaMonitors(facts);
  return `${JSON.stringify({ version: "1.23.0", notificationList: [], monitorList }, null, 2)}\n`;
}

/** `uptime-kuma.mjs`, which adds the monitors through the socket that the web page uses too. */
export function kumaScript(facts: MonitoringFacts): string {
  return `// Adds monitors to Uptime Kuma 2, which has no import: by the events of its own web page.
//   npm install --no-save socket.io-client@4
//   KUMA_URL=http://192.168.1.5:3001 KUMA_USER=admin KUMA_PASSWORD=... node uptime-kuma.mjs
// A monitor whose name is there already is left alone.
import { io } from "socket.io-client";

const monitors = ${JSON.stringify(kumaMonitors(facts), null, 2)};

const { KUMA_URL, KUMA_USER: username, KUMA_PASSWORD: password, KUMA_TOKEN: token } = process.env;
if (!KUMA_URL || !username || !password) {
  console.error("set KUMA_URL, KUMA_USER and KUMA_PASSWORD (and KUMA_TOKEN for two factors)");
  process.exit(2);
}
const socket = io(KUMA_URL, { reconnection: false, timeout: 10_000 });
const fail = (message) => {
  console.error(message);
  process.exit(1);
};
socket.on("connect_error", (error) => fail(\`\${KUMA_URL}: \${error.message}\`));
const ask = async (event, ...args) => {
  const answer = await socket.timeout(15_000).emitWithAck(event, ...args);
  if (!answer.ok) fail(\`\${event}: \${answer.msg ?? "refused"}\`);
  return answer;
};
const listed = new Promise((resolve) => socket.once("monitorList", resolve));
await ask("login", { username, password, token: token ?? "" });
const there = new Set(Object.values(await listed).map(({ name }) => name));
for (const monitor of monitors) {
  if (there.has(monitor.name)) console.log(\`there already: \${monitor.name}\`);
  else {
    await ask("add", monitor);
    console.log(\`added: \${monitor.name}\`);
  }
}
socket.disconnect();
`;
}
