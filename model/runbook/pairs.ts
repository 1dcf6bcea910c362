import type { House, HousePair, Procedure, ProcedureStep } from "./types";

/** A command on a host. */
export const on = ({ user }: House, address: string, command: string) =>
  `ssh ${user}@${address} ${command}`;

/** Asks how everything stands. */
export const statusOf = ({ stack }: House) => `homelab status --stack ${stack}`;

/** Makes it so, with every rule. */
export const upOf = ({ stack }: House) => `pulumi up --policy-pack policy --stack ${stack}`;

const look: ProcedureStep["text"] = "See what is wrong, and on which host.";

/** What can be wrong with an address that keepalived moves. */
export function pairProcedures(house: House): Procedure[] {
  const { pairs } = house;
  if (pairs.length === 0) return [];
  const sources = pairs.flatMap(({ source }) => (source === undefined ? [] : [source]));
  return [
    addressMissing(house),
    twoMasters(house),
    memberUnhealthy(house),
    memberLeaves(house),
    ...(sources.length > 0 ? [replicationStopped(house, sources)] : []),
    ...certificateExpired(house),
  ];
}

const unitOf = (daemon: string | undefined) => (daemon === undefined ? [] : [daemon]);

/** Where a house has several pairs, commands of the others would break what is well. */
const only = ({ pairs }: House) =>
  pairs.length > 1 ? " Go on with the steps of that address only: the others are well." : "";

function addressMissing(house: House): Procedure {
  return {
    id: "address-missing",
    title: "A virtual address answers nobody",
    sign: `\`${statusOf(house)}\` says "no member has …", or clients time out on ${house.pairs.map(({ vip }) => vip).join(", ")}.`,
    steps: [
      { text: `${look}${only(house)}`, commands: [statusOf(house)] },
      ...house.pairs.flatMap(({ place, members, daemon }): ProcedureStep[] => [
        {
          text: `${place}: look at ${["keepalived", ...unitOf(daemon)].join(" and ")} on each member; a failed check keeps the address away from it.`,
          commands: members.flatMap(({ address }) => [
            on(house, address, `systemctl status ${["keepalived", ...unitOf(daemon)].join(" ")}`),
            on(house, address, "journalctl -u keepalived -n 50"),
          ]),
        },
        {
          text: `${place}: when no member is healthy, and only then, start the service on the preferred one; keepalived takes the address by itself.`,
          commands: members
            .slice(0, 1)
            .map(({ address }) =>
              on(
                house,
                address,
                `systemctl restart ${[...unitOf(daemon), "keepalived"].join(" ")}`,
              ),
            ),
        },
      ]),
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
        text: `See which address it is, and who has it.${only(house)}`,
        commands: [statusOf(house)],
      },
      ...house.pairs.flatMap((pair) => twoMastersOf(house, pair)),
      { text: "See that one member has it.", commands: [statusOf(house)] },
    ],
  };
}

function twoMastersOf(house: House, { place, members }: HousePair): ProcedureStep[] {
  const [first, second] = members;
  const onOthers = (command: string) =>
    members.slice(1).map(({ address }) => on(house, address, command));
  return [
    {
      text: `${place}: see on which members keepalived runs. One that was killed leaves the address behind: where it does not run, \`systemctl restart keepalived\` takes the address off, and that is all.`,
      commands: members.map(({ address }) => on(house, address, "systemctl status keepalived")),
    },
    {
      text: `${place}: when it runs on all of them, and the preferred member serves, take the address off the others: stop keepalived there.`,
      commands: onOthers("systemctl stop keepalived"),
    },
    {
      text: `${place}: find out why the members do not hear each other: VRRP is IP protocol 112, between their addresses.`,
      commands: first && second ? [on(house, first.address, `ping -c 3 ${second.address}`)] : [],
    },
    {
      text: `${place}: start keepalived again; when there are two holders again, stop it and leave it stopped until the network is mended.`,
      commands: onOthers("systemctl start keepalived"),
    },
  ];
}

function memberUnhealthy(house: House): Procedure {
  const { stack } = house;
  return {
    id: "member-unhealthy",
    title: "A member is not healthy",
    sign: `\`${statusOf(house)}\` says "no other member can take … over".`,
    steps: [
      { text: `${look}${only(house)}`, commands: [statusOf(house)] },
      ...house.pairs.map(({ place, members, daemon }) => ({
        text: `${place}: the last words of its service.`,
        commands: members.map(({ address }) =>
          on(house, address, `journalctl -u ${daemon ?? "keepalived"} -n 50`),
        ),
      })),
      ...house.pairs
        .filter(({ place }) => place.startsWith("traefikPairs."))
        .flatMap(({ place }): ProcedureStep[] => [
          {
            text: `${place}: when it began with a roll-out, see what going back would do.`,
            commands: [`homelab rollback --pair ${place} --stack ${stack} --dry-run`],
          },
          {
            text: `${place}: when that is what you want, go back.`,
            commands: [`homelab rollback --pair ${place} --stack ${stack}`],
          },
        ]),
    ],
  };
}

/** Two masters are what a member makes that is forgotten while it runs. */
function memberLeaves(house: House): Procedure {
  const { stack, pairs } = house;
  return {
    id: "member-leaves",
    title: "A member is to leave its pair, or to be replaced",
    sign: "`pulumi up` says that an address is no member any more and that its host answers; or a host is to go.",
    steps: [
      {
        text: "A pair keeps two members: list a new one under `members` first.",
        commands: [`homelab preview --stack ${stack}`],
      },
      { text: "Let it come.", commands: [upOf(house)] },
      {
        text: `Move the entry of the old one from \`members\` to \`leaving\` (of ${pairs.map(({ place }) => place).join(" or ")}), without its priority.`,
        commands: [`homelab preview --stack ${stack}`],
      },
      {
        text: "End keepalived there, before the others forget it.",
        commands: [upOf(house)],
      },
      { text: "See that the others are well; then delete the entry.", commands: [statusOf(house)] },
      {
        text: "A host that is gone needs no `leaving`: strike it out. Never start it again with its old disk beside the others.",
      },
    ],
  };
}

function replicationStopped(house: House, sources: readonly string[]): Procedure {
  return {
    id: "replication-stopped",
    title: "Files are not copied between members",
    sign: `\`${statusOf(house)}\` says that lsyncd is not active, or that the configuration differs.`,
    steps: [
      {
        text: "Only one member copies; look at its log: a full disk, a changed host key and a target that is down are the usual reasons.",
        commands: sources.map((source) => on(house, source, "tail -n 50 /var/log/lsyncd.log")),
      },
      {
        text: "A file that was changed on another member by hand is overwritten by the copy: bring it to the member that copies before the next step.",
      },
      {
        text: "Start the copies again.",
        commands: sources.map((source) => on(house, source, "systemctl restart lsyncd")),
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
