import type { Finding } from "../finding";
import { canonicalAddress, familyOf } from "../network/address";
import { rangeContains } from "../network/addresses";
import { judgeOrigin, originAddress } from "../network/origin";
import { backendHost, behind } from "./behind";
import type { Consumer, CutoverFacts, FoundConsumer } from "./types";

const rule = "cutover";

type Place = Finding["path"];

const error = (path: Place, message: string, fix: string): Finding => ({
  rule,
  path,
  message,
  fix,
  severity: "error",
});

/**
 * Everything that forbids a cutover to start, as far as it can be known without a request:
 * consumers that the plan forgot, and what the move needs lying behind what moves. Paths are
 * relative to the cutover in the stack file.
 */
export function judgeCutover(facts: CutoverFacts): Finding[] {
  return [
    ...targetFindings(facts),
    ...forgottenFindings(facts),
    ...tunnelFindings(facts),
    ...credentialFindings(facts),
    ...backendFindings(facts),
  ];
}

function targetFindings({ from, to, pools, variant, window }: CutoverFacts): Finding[] {
  const found: Finding[] = [];
  if (from === to.address) {
    found.push(
      error(
        ["to"],
        `the new address is ${from}, which is the old one too`,
        "name the address that clients are to use",
      ),
    );
  }
  const [old, next] = [familyOf(from), familyOf(to.address)];
  if (old !== next) {
    found.push(
      error(
        ["to"],
        `the new address ${to.address} is IPv${next} and the old one ${from} is IPv${old}, so clients that have the old family only would lose the service`,
        "move to an address of the same family; another family is added beside it (vip6, address6), not by a cutover",
      ),
    );
  }
  const pool = to.byStack
    ? undefined
    : pools.find(({ range, range6 = range }) =>
        [range, range6].some((one) => rangeContains(one, to.address)),
      );
  if (pool && to.what === to.address) {
    found.push(
      error(
        ["to", "address"],
        `${to.address} lies in the ${pool.kind === "dhcp" ? "DHCP" : "MetalLB"} pool "${pool.name}" (${pool.range}), which gives it to others`,
        pool.kind === "dhcp"
          ? "choose an address outside the pool, or shrink the pool"
          : "declare its Service in homelab:kubernetesIngress and name that, or choose another address",
      ),
    );
  }
  if (variant === "in-place" && window === undefined) {
    found.push(
      error(
        ["window"],
        'missing: with "in-place" the old address is gone before clients know the new one',
        "announce when that is and state it here, or use variant: additive",
      ),
    );
  }
  if (variant === "additive" && window !== undefined) {
    found.push(
      error(
        ["window"],
        'found a window, but "additive" interrupts nothing',
        "remove it, or use variant: in-place",
      ),
    );
  }
  return found;
}

/** Whether the plan has a consumer that the rest of the stack shows. */
function planned({ kind, key }: FoundConsumer, consumers: readonly Consumer[]): boolean {
  return consumers.some((consumer) => {
    if (consumer.kind !== kind) return false;
    if (consumer.kind === "tunnel") return consumer.tunnel === key;
    return consumer.kind === "dns" ? consumer.record === key : true;
  });
}

const examples: Record<FoundConsumer["kind"], (key: string) => string> = {
  tunnel: (key) => `{ kind: tunnel, tunnel: ${key} }`,
  dns: (key) => `{ kind: dns, record: ${JSON.stringify(key)}, servers: […], step: …, undo: … }`,
  allowlist: () => "{ kind: allowlist, at: …, step: …, undo: … }",
};

const nouns = { tunnel: "tunnel", dns: "DNS record", allowlist: "allowlist of" };

function forgottenFindings({ found, consumers }: CutoverFacts): Finding[] {
  return found
    .filter((consumer) => !planned(consumer, consumers))
    .map(({ kind, key, why }) =>
      error(
        ["consumers"],
        `${nouns[kind]} "${key}" ${why}, and is missing from the plan`,
        `add ${examples[kind](key)}`,
      ),
    );
}

function tunnelFindings({ tunnels, to, from, variant, ...facts }: CutoverFacts): Finding[] {
  const addresses = tunnels.flatMap(({ tunnel, origin }) => {
    const host = originAddress(origin);
    if (host !== undefined && [from, to.address].includes(canonicalAddress(host))) {
      return judgeOrigin(origin).map(({ message, fix }) =>
        error(["consumers"], `tunnel "${tunnel}": ${message}`, fix),
      );
    }
    return [];
  });
  const first = facts.consumers.find(({ kind }) => kind === "tunnel");
  const stranded = variant === "additive" && to.byStack && first && !facts.fromService;
  return [
    ...addresses,
    ...(stranded
      ? [
          error(
            ["fromService"],
            `missing: until tunnel "${first.name}" moves it has to lead to the Service that has ${from} today`,
            "name that Service, e.g. { name: traefik, namespace: traefik }",
          ),
        ]
      : []),
  ];
}

function credentialFindings(facts: CutoverFacts): Finding[] {
  return facts.credentials.flatMap(({ name, at }) => {
    const found = at === undefined ? undefined : behind(at, undefined, facts);
    return found
      ? [
          error(
            ["credentials", name, "at"],
            `credential "${name}" is ${found.how}, which this cutover moves, so it cannot be read when it is needed most`,
            "copy it to a place that does not move, such as a password manager, and name that, or write this-machine",
          ),
        ]
      : [];
  });
}

function backendFindings(facts: CutoverFacts): Finding[] {
  const place = backendHost(facts.stateBackend);
  const found = place && behind(place.host, place.port, facts);
  return found
    ? [
        error(
          ["stateBackend"],
          `the state backend is ${found.how}, which this cutover moves, so an update could cut off its own state and leave it locked`,
          "move the state first (`pulumi stack export`, `pulumi login` elsewhere, `pulumi stack import`) and name that, e.g. file://~",
        ),
      ]
    : [];
}
