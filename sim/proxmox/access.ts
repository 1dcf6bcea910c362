import type { AccessState, ProxmoxState } from "../world";

type Params = Record<string, string>;

/** Privileges that this program's documentation speaks of (pve-access-control, AccessControl.pm). */
const privileges = new Set(
  "Sys.Audit Sys.Console Sys.Modify Sys.Syslog VM.Audit VM.Replicate VM.Allocate VM.PowerMgmt Datastore.Audit Datastore.AllocateSpace Pool.Audit SDN.Audit SDN.Use Mapping.Audit".split(
    " ",
  ),
);
const builtIn = ["PVEAuditor", "PVEAdmin", "Administrator"];

function accessOf(pve: ProxmoxState): AccessState {
  pve.access ??= { users: [], tokens: [], roles: {}, acl: [] };
  return pve.access;
}

/** pve-access-control, API2/User.pm `create_user` */
export function addUser(pve: ProxmoxState, _: string[], { userid = "" }: Params): void {
  const { users } = accessOf(pve);
  if (!/^[^\s:/@]+@[A-Za-z][\w.-]+$/.test(userid)) throw new Error(`userid: invalid '${userid}'`);
  if (users.includes(userid))
    throw new Error(`create user failed: user '${userid}' already exists`);
  users.push(userid);
}

/** pve-access-control, API2/User.pm `generate_token` */
export function addToken(pve: ProxmoxState, [user = "", name = ""]: string[]): void {
  const { users, tokens } = accessOf(pve);
  if (!users.includes(user)) throw new Error(`no such user ('${user}')`);
  const token = `${user}!${name}`;
  if (tokens.includes(token)) throw new Error(`Token already exists.`);
  tokens.push(token);
}

/** pve-access-control, API2/Role.pm `create_role` */
export function addRole(pve: ProxmoxState, _: string[], params: Params): void {
  const { roleid = "", privs = "" } = params;
  const { roles } = accessOf(pve);
  if (roles[roleid] || builtIn.includes(roleid)) throw new Error(`role '${roleid}' already exists`);
  const all = privs.split(/[,; ]+/).filter(Boolean);
  const wrong = all.find((privilege) => !privileges.has(privilege));
  if (wrong !== undefined) throw new Error(`invalid privilege '${wrong}'`);
  roles[roleid] = all;
}

/** pve-access-control, API2/ACL.pm `update_acl` */
export function modifyAcl(pve: ProxmoxState, _: string[], params: Params): void {
  const { path = "", roles: role = "", users, tokens } = params;
  const access = accessOf(pve);
  const who = users ?? tokens;
  if (who === undefined) throw new Error("'groups', 'users' and 'tokens' are missing");
  if (!builtIn.includes(role) && !access.roles[role])
    throw new Error(`role '${role}' does not exist`);
  if (!(users === undefined ? access.tokens : access.users).includes(who)) {
    throw new Error(
      users === undefined ? `no such token '${who}'` : `user '${who}' does not exist`,
    );
  }
  access.acl.push({ path, role, who });
}
