import { createHash } from "node:crypto";
import type { ResourceModel } from "../model";
import { type Props, record, text } from "../props";
import type { World, Zone } from "../world";

type Answer = (args: Props, world: World) => Props;

function zoneOf(world: World, id: string): Zone {
  const zone = world.state.cloudflare.zones.find((candidate) => candidate.id === id);
  if (zone !== undefined) return zone;
  throw new Error(
    `404 Not Found {"success":false,"errors":[{"code":7003,"message":"Could not route to /zones/${id}/dns_records, perhaps your object identifier is invalid?"}]}`,
  );
}

/** Names are stored in full, with the zone (developers.cloudflare.com, "DNS Record Details"). */
function fullName(name: string, zone: Zone): string {
  if (name === "@") return zone.name;
  return name === zone.name || name.endsWith(`.${zone.name}`) ? name : `${name}.${zone.name}`;
}

/** A host name has one CNAME or some A and AAAA records, and no record twice. */
function refuseDuplicate(world: World, record: Props, self?: string): void {
  const others = Object.entries(world.state.cloudflare.records).filter(
    ([id, other]) => id !== self && other.zoneId === record.zoneId && other.name === record.name,
  );
  const same = others.some(
    ([, other]) => other.type === record.type && other.content === record.content,
  );
  // developers.cloudflare.com, "DNS record API errors"
  if (same) throw new Error(conflict(81058, "An identical record already exists."));
  const hostTypes = ["A", "AAAA", "CNAME"];
  const clash = others.some(
    ([, other]) =>
      hostTypes.includes(text(other, "type")) &&
      hostTypes.includes(text(record, "type")) &&
      (other.type === "CNAME" || record.type === "CNAME"),
  );
  if (clash)
    throw new Error(conflict(81053, "An A, AAAA, or CNAME record with that host already exists."));
}

function conflict(code: number, message: string): string {
  return `400 Bad Request ${JSON.stringify({ success: false, errors: [{ code, message }] })}`;
}

const dnsRecord: ResourceModel = {
  importError: "failed to make http request",
  inputs: [
    "comment",
    "content",
    "data",
    "name",
    "priority",
    "proxied",
    "settings",
    "tags",
    "ttl",
    "type",
    "zoneId",
  ],
  // terraform-provider-cloudflare, dns_record/schema.go
  replaceOn: ["type", "zoneId"],
  compareWith: "state",
  defaults: (inputs) => ({ proxied: false, ...inputs }),
  create(inputs, { world }) {
    const stored = storedForm(world, inputs);
    refuseDuplicate(world, stored);
    const id = createHash("sha256")
      .update(`record ${world.nextSerial()}`)
      .digest("hex")
      .slice(0, 32);
    world.change((state) => {
      state.cloudflare.records[id] = stored;
    });
    return { id, outputs: { ...stored, name: inputs.name } };
  },
  read(id, state, { world }) {
    const own = id.split("/").at(-1) ?? id;
    const stored = world.state.cloudflare.records[own];
    if (stored === undefined) return undefined;
    const zone = zoneOf(world, text(stored, "zoneId"));
    // The provider takes the short and the full name for the same.
    const given = text(state, "name");
    const name = given !== "" && fullName(given, zone) === stored.name ? given : stored.name;
    return { id: own, outputs: { ...stored, name } };
  },
  update(id, inputs, _before, { world }) {
    const stored = storedForm(world, inputs);
    refuseDuplicate(world, stored, id);
    return world.change((state) => {
      if (state.cloudflare.records[id] === undefined) {
        throw new Error(
          `404 Not Found {"success":false,"errors":[{"code":81044,"message":"Record does not exist."}]}`,
        );
      }
      state.cloudflare.records[id] = stored;
      return { ...stored, name: inputs.name };
    });
  },
  delete(id, _state, { world }) {
    world.change((state) => {
      delete state.cloudflare.records[id];
    });
  },
};

function storedForm(world: World, inputs: Props): Props {
  const zone = zoneOf(world, text(inputs, "zoneId"));
  return { ...inputs, name: fullName(text(inputs, "name"), zone) };
}

function zoneOutputs(zone: Zone): Props {
  return {
    id: zone.id,
    zoneId: zone.id,
    name: zone.name,
    account: { id: zone.accountId, name: "simulated" },
    status: "active",
    type: "full",
  };
}

const getZone: Answer = (args, world) => {
  const filter = record(args, "filter");
  const [id, name] = [text(args, "zoneId"), text(filter, "name")];
  const found = world.state.cloudflare.zones.filter((zone) =>
    id === "" ? zone.name === name : zone.id === id,
  );
  const [zone] = found;
  if (zone === undefined || found.length > 1) {
    throw new Error(
      `found ${found.length} zones for ${JSON.stringify(id || name)}, expected exactly one`,
    );
  }
  return { ...args, ...zoneOutputs(zone) };
};

const getZones: Answer = (args, world) => ({
  ...args,
  results: world.state.cloudflare.zones
    .filter((zone) => args.name === undefined || zone.name === args.name)
    .filter((zone) => {
      const account = text(record(args, "account"), "id");
      return account === "" || account === zone.accountId;
    })
    .map(zoneOutputs),
});

const getDnsRecords: Answer = (args, world) => {
  const name = text(record(args, "name"), "exact").toLowerCase();
  const results = Object.entries(world.state.cloudflare.records)
    .filter(([, stored]) => stored.zoneId === args.zoneId)
    .filter(([, stored]) => name === "" || text(stored, "name").toLowerCase() === name)
    .filter(([, stored]) => args.type === undefined || stored.type === args.type)
    .map(([id, stored]) => ({ id, ...stored }));
  return { ...args, results };
};

/** Zones and DNS records. */
export const cloudflareDns: {
  models: Record<string, ResourceModel>;
  functions: Record<string, Answer>;
} = {
  models: { "cloudflare:index/dnsRecord:DnsRecord": dnsRecord },
  functions: {
    "cloudflare:index/getZone:getZone": getZone,
    "cloudflare:index/getZones:getZones": getZones,
    "cloudflare:index/getDnsRecords:getDnsRecords": getDnsRecords,
  },
};
