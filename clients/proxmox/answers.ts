import { z } from "zod";
import { flag, list, number, priorities, text, word, words } from "./atoms";

// What the API answers, path by path (pve-manager PVE/API2, pve-ha-manager PVE/API2/HA, pve-cluster
// PVE/API2/ClusterConfig.pm). Keys that are not named here are kept.

export const versionAnswer = z.looseObject({ version: word, release: word });

/** `/access/permissions`: path → privilege → whether it reaches below. */
export const permissionsAnswer = z.record(z.string(), z.record(z.string(), flag.nullable()));

/** `/nodes/{node}/time`: seconds since 1970. */
export const timeAnswer = z.looseObject({ time: number });

export const clusterStatusItem = z.looseObject({
  type: word,
  name: word,
  quorate: flag.optional(),
  online: flag.optional(),
  ip: word.optional(),
});

export const nodeItem = z.looseObject({
  node: word,
  status: text.optional(),
  uptime: number.optional(),
  maxcpu: number.optional(),
  cpu: number.optional(),
  maxmem: number.optional(),
  mem: number.optional(),
});

export const nodeStatusAnswer = z.looseObject({
  uptime: number.optional(),
  pveversion: text.optional(),
  kversion: text.optional(),
});

export const guestItem = z.looseObject({
  type: z.enum(["lxc", "qemu"]),
  vmid: number,
  node: word,
  name: text.optional(),
  status: text.optional(),
  template: flag.optional(),
  maxcpu: number.optional(),
  maxmem: number.optional(),
  tags: list.optional(),
  pool: word.optional(),
});

/** Of the cluster or of a guest; only what was set is there. */
export const firewallOptions = z.looseObject({
  enable: flag.optional(),
  ipfilter: flag.optional(),
  policy_in: text.optional(),
});

/** A rule that was made without it is off. */
export const firewallRule = z.looseObject({
  pos: number,
  type: text,
  action: text,
  enable: flag.optional(),
  proto: text.optional(),
  macro: text.optional(),
  source: text.optional(),
  dest: text.optional(),
  iface: text.optional(),
});

export const ipSetItem = z.looseObject({ name: text });

/** An alias stands there by its name. */
export const ipSetEntry = z.looseObject({ cidr: text, nomatch: flag.optional() });

export const guestConfigAnswer = z.record(z.string(), z.unknown());

/** `/cluster/mapping/{pci,usb,dir}`: one text for each node and device. */
export const mappingItem = z.looseObject({ id: word, map: z.array(text) });

export const storageItem = z.looseObject({
  storage: word,
  type: word,
  shared: flag.optional(),
  disable: flag.optional(),
  content: words.optional(),
  nodes: words.optional(),
});

export const haResourceItem = z.looseObject({
  sid: word,
  state: word.optional(),
  group: word.optional(),
  max_restart: number.optional(),
  max_relocate: number.optional(),
  failback: flag.optional(),
  comment: text.optional(),
});

export const haGroupItem = z.looseObject({
  group: word,
  nodes: priorities,
  restricted: flag.optional(),
  nofailback: flag.optional(),
  comment: text.optional(),
});

export const haRuleItem = z.looseObject({
  rule: word,
  type: z.enum(["node-affinity", "resource-affinity"]),
  resources: words,
  nodes: priorities.optional(),
  strict: flag.optional(),
  affinity: z.enum(["positive", "negative"]).optional(),
  disable: flag.optional(),
  // By option; each a text or a list of texts.
  errors: z.record(z.string(), z.union([text, z.array(text)])).optional(),
  comment: text.optional(),
});

export const haStatusItem = z.looseObject({
  type: word,
  node: word.optional(),
  status: text.optional(),
  timestamp: number.optional(),
  sid: word.optional(),
  state: text.optional(),
  crm_state: text.optional(),
  "armed-state": text.optional(),
});

export const replicationItem = z.looseObject({
  id: word,
  guest: number.optional(),
  target: word,
  source: word.optional(),
  schedule: text.optional(),
  disable: flag.optional(),
  remove_job: text.optional(),
  comment: text.optional(),
});

export const replicationStatusItem = z.looseObject({
  id: word,
  last_sync: number.optional(),
  last_try: number.optional(),
  fail_count: number.optional(),
  error: text.optional(),
});

export const backupItem = z.looseObject({
  id: word,
  enabled: flag.optional(),
  all: flag.optional(),
  vmid: words.optional(),
  exclude: words.optional(),
  pool: word.optional(),
  node: word.optional(),
  storage: word.optional(),
  schedule: text.optional(),
});

export const notCoveredItem = z.looseObject({ vmid: number });

export const corosyncNodeItem = z.looseObject({
  node: word,
  nodeid: number.optional(),
  quorum_votes: number.optional(),
});

export const qdeviceAnswer = z.record(z.string(), z.unknown());

export const cephAnswer = z.looseObject({
  health: z.looseObject({ status: text }),
  quorum_names: z.array(text).optional(),
  monmap: z.looseObject({ mons: z.array(z.looseObject({ name: text })).optional() }).optional(),
  osdmap: z.looseObject({}).optional(),
});

export const taskItem = z.looseObject({
  type: text,
  id: text.optional(),
  starttime: number,
  endtime: number.optional(),
  status: text.optional(),
});

/** `/nodes/{node}/storage/{storage}/content`, of backups. */
export const archiveItem = z.looseObject({
  vmid: number.optional(),
  ctime: number.optional(),
  verification: z.looseObject({ state: text.optional() }).optional(),
});

export const optionsAnswer = z.record(z.string(), z.unknown());
