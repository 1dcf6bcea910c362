import { familyOf } from "../network/address";
import { backendHost } from "./behind";
import type { Check, Consumer, CutoverFacts, DnsConsumer, Probe } from "./types";

/** The DNS records of a plan. */
export function dnsConsumers({ consumers }: Pick<CutoverFacts, "consumers">): DnsConsumer[] {
  return consumers.filter((consumer) => consumer.kind === "dns");
}

/** Records whose answers are kept longer than they may be while they move. */
export function slowRecords(facts: CutoverFacts): DnsConsumer[] {
  return dnsConsumers(facts).filter(({ ttlSec }) => ttlSec > facts.windowTtlSec);
}

/** Every host is served at an address, with a certificate that is good. */
export function served({ verify }: CutoverFacts, address: string): Check[] {
  const { hosts, port, path } = verify;
  return hosts.map((host) => ({ kind: "https", host, address, port, path }));
}

/** What more the new address must do: HTTP/3, and letting the origin see who asks. */
export function servedFully(facts: CutoverFacts): Check[] {
  const { verify, to } = facts;
  const { hosts, port, path, http3, clientAddress } = verify;
  const { address } = to;
  const [host] = hosts;
  return [
    ...served(facts, address),
    ...(http3 && host !== undefined ? [{ kind: "http3" as const, host, address, port, path }] : []),
    ...(clientAddress ? [{ kind: "clientAddress" as const, ...clientAddress, address, port }] : []),
  ];
}

/** Every server answers for the records with one of the addresses. */
export function answers(records: readonly DnsConsumer[], ...addresses: string[]): Check[] {
  return records.flatMap(({ probe, servers }) =>
    servers.map((server) => ({
      ...{ kind: "dns" as const, name: probe, server },
      ...askedFor(addresses[0]),
      addresses,
    })),
  );
}

/** The family of DNS records that lead to an address. */
const askedFor = (address = "") => (familyOf(address) === 6 ? { family: 6 as const } : {});

/**
 * How long answers for the records may be kept.
 *
 * @param address one of those that they lead to
 */
export function kept(
  records: readonly DnsConsumer[],
  address: string,
  limit: (record: DnsConsumer) => { maxSec?: number; minSec?: number },
): Check[] {
  return records.flatMap((record) =>
    record.servers.map((server) => ({
      kind: "ttl" as const,
      name: record.probe,
      server,
      ...askedFor(address),
      ...limit(record),
    })),
  );
}

/** The check that a consumer brings, else the word of a person. */
export function doneChecks(consumers: readonly Consumer[], back = false): Check[] {
  return consumers.flatMap((consumer): Check[] => {
    if (consumer.kind === "dns") return [];
    const { check, name } = consumer;
    if (check && !back) return [{ kind: "https", ...(check satisfies Probe) }];
    if (consumer.kind === "tunnel") return check ? [{ kind: "https", ...check }] : [];
    return [{ kind: "word", what: back ? `"${name}" is as it was` : `"${name}" is changed` }];
  });
}

/** Credentials and the state backend lead nowhere near what moves, also by the DNS that answers. */
export function apart(facts: CutoverFacts): Check[] {
  const addresses = [facts.from, facts.to.address];
  const backend = backendHost(facts.stateBackend);
  return [
    ...facts.credentials.flatMap(({ name, at }) =>
      at === undefined
        ? []
        : [{ kind: "apart" as const, what: `credential "${name}"`, host: at, addresses }],
    ),
    ...(backend
      ? [{ kind: "apart" as const, what: "the state backend", host: backend.host, addresses }]
      : []),
  ];
}
