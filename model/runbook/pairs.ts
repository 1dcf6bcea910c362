import type { House, HousePair, Procedure, ProcedureStep } from "./types";

/** A command on a host. */
export const on = ({ user }: House, address: string, command: string) =>
  `ssh ${user}@${address} ${command}`;

/** Asks how everything stands. */
export const statusOf = ({ stack }: House) => `homelab status --stack ${stack}`;

const look: ProcedureStep["text"] = "See what is wrong, and on which host.";

/** What can be wrong with an address that keepalived moves. */
export function pairProcedures(house: House): Procedure[] {
  const { pairs } = house;
  if (pairs.length === 0) return [];
  const copying = pairs.filter(({ copies }) => copies);
  return [
    addressMissing(house),
    twoMasters(house),
    memberUnhealthy(house),
    ...(copying.length > 0 ? [replicationStopped(house, copying)] : []),
    ...certificateExpired(house),
  ];
}

function addressMissing(house: House): Procedure {
  return {
    id: "address-missing",
    title: "A virtual address answers nobody",
    sign: `\`${statusOf(house)}\` says "no member has …", or clients time out on ${house.pairs.map(({ vip }) => vip).join(", ")}.`,
    steps: [
      { text: look, commands: [statusOf(house)] },
      ...house.pairs.map(({ place, members, daemon }) => ({
        text: `${place}: look at keepalived and ${daemon} on each member; a failed check keeps the address away from it.`,
        commands: members.flatMap(({ address }) => [
          on(house, address, `systemctl status keepalived ${daemon}`),
          on(house, address, "journalctl -u keepalived -n 50"),
        ]),
      })),
      {
        text: "When no member is healthy, start the service on the preferred one; keepalived takes the address by itself.",
        commands: house.pairs.flatMap(({ members: [first], daemon }) =>
          first ? [on(house, first.address, `systemctl restart ${daemon} keepalived`)] : [],
        ),
      },
    ],
  };
}

function twoMasters(house: House): Procedure {
  return {
    id: "two-masters",
    title: "Two hosts have a virtual address",
    sign: `\`${statusOf(house)}\` names two holders; connections break at random.`,
    steps: [
      {
        text: "Take the address off the member of lower priority: stop keepalived there.",
        commands: house.pairs.flatMap(({ members }) =>
          members.slice(1).map(({ address }) => on(house, address, "systemctl stop keepalived")),
        ),
      },
      {
        text: "Find out why the members do not hear each other: VRRP is IP protocol 112, between their addresses.",
        commands: house.pairs.flatMap(({ members: [first, second] }) =>
          first && second ? [on(house, first.address, `ping -c 3 ${second.address}`)] : [],
        ),
      },
      {
        text: "Start keepalived again; when there are two holders again, leave it stopped until the network is mended.",
        commands: house.pairs.flatMap(({ members }) =>
          members.slice(1).map(({ address }) => on(house, address, "systemctl start keepalived")),
        ),
      },
      { text: "See that one member has it.", commands: [statusOf(house)] },
    ],
  };
}

function memberUnhealthy(house: House): Procedure {
  const { stack } = house;
  return {
    id: "member-unhealthy",
    title: "A member is not healthy",
    sign: `\`${statusOf(house)}\` says "no other member can take … over".`,
    steps: [
      { text: look, commands: [statusOf(house)] },
      ...house.pairs.map(({ place, members, daemon }) => ({
        text: `${place}: the last words of its service.`,
        commands: members.map(({ address }) => on(house, address, `journalctl -u ${daemon} -n 50`)),
      })),
      {
        text: "When it began with a roll-out, see what going back would do, then go back.",
        commands: house.pairs
          .filter(({ daemon }) => daemon === "traefik")
          .flatMap(({ place }) => [
            `homelab rollback --pair ${place} --stack ${stack} --dry-run`,
            `homelab rollback --pair ${place} --stack ${stack}`,
          ]),
      },
    ],
  };
}

function replicationStopped(house: House, pairs: readonly HousePair[]): Procedure {
  return {
    id: "replication-stopped",
    title: "Files are not copied between members",
    sign: `\`${statusOf(house)}\` says that lsyncd is not active, or that the configuration differs.`,
    steps: [
      {
        text: "Only the first member copies; look at its log: a full disk, a changed host key and a target that is down are the usual reasons.",
        commands: pairs.flatMap(({ members: [first] }) =>
          first
            ? [
                on(house, first.address, "tail -n 50 /var/log/lsyncd.log"),
                on(house, first.address, "systemctl restart lsyncd"),
              ]
            : [],
        ),
      },
      {
        text: "A file that was changed on another member by hand is overwritten by the copy: bring it to the first member before the restart.",
      },
      { text: "See that the members agree.", commands: [statusOf(house)] },
    ],
  };
}

function certificateExpired(house: House): Procedure[] {
  const pairs = house.pairs.flatMap((pair) =>
    pair.certificates ? [{ ...pair, certificates: pair.certificates }] : [],
  );
  if (pairs.length === 0) return [];
  return [
    {
      id: "certificate-expired",
      title: "A certificate has run out",
      sign: "Browsers warn, and every service behind Traefik is affected at once.",
      steps: pairs.map(({ place, members, certificates }) => ({
        text: `${place}: ${certificates.owner} renews what is in ${certificates.directory}; renew it there, and the other members follow without a restart. The ends, on each member:`,
        commands: members.map(({ address }) =>
          on(
            house,
            address,
            `"for file in ${certificates.directory}/*.crt; do openssl x509 -noout -subject -enddate -in \\$file; done"`,
          ),
        ),
      })),
    },
  ];
}
