-- Without this file the directory is not the one that is meant, e.g. not mounted.
local path = "/etc/traefik/dynamic/routes.yml"
local guard = io.open(path, "r")
if not guard then error("refuse to copy: no " .. path) end
guard:close()

settings {
  logfile = "/var/log/lsyncd.log",
  statusFile = "/run/lsyncd.status",
  -- A target that is down at the start must not end lsyncd for the others.
  insist = true,
}

sync {
  default.rsync,
  source = "/etc/traefik/dynamic/",
  -- Two colons: a module, whose directory and rights the target itself states.
  target = "root@192.168.1.103::dynamic/",
  delay = 2,
  -- A read error or an empty source would delete on the target what must stay.
  delete = false,
  -- The stack's own files are on every host already, and an older copy must not travel in the
  -- middle of a roll-out; acme.json has one owner; hidden files are half-written ones.
  exclude = { "/routes.yml", "/certificates.yml", "acme.json", ".*" },
  rsync = {
    binary = "/etc/lsyncd/rsync.sh",
    timeout = 120,
    rsh = "/usr/bin/ssh -p 22 -i /etc/lsyncd/id_ed25519 -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/etc/lsyncd/known_hosts -o ControlMaster=auto -o ControlPersist=yes -o ControlPath=/run/homelab-lsyncd/%C",
    perms = true,
    -- The targets refuse every option but the few that follow from this table.
    links = false,
    protect_args = false,
    -- Two edits of the same length in one second have the same size and the same whole second.
    _extra = { "--modify-window=-1" },
  },
}

sync {
  default.rsync,
  source = "/etc/traefik/certificates/",
  -- Two colons: a module, whose directory and rights the target itself states.
  target = "root@192.168.1.103::certificates/",
  delay = 2,
  -- A read error or an empty source would delete on the target what must stay.
  delete = false,
  -- The stack's own files are on every host already, and an older copy must not travel in the
  -- middle of a roll-out; acme.json has one owner; hidden files are half-written ones.
  exclude = { "acme.json", ".*" },
  rsync = {
    binary = "/etc/lsyncd/rsync.sh",
    timeout = 120,
    rsh = "/usr/bin/ssh -p 22 -i /etc/lsyncd/id_ed25519 -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/etc/lsyncd/known_hosts -o ControlMaster=auto -o ControlPersist=yes -o ControlPath=/run/homelab-lsyncd/%C",
    perms = true,
    -- The targets refuse every option but the few that follow from this table.
    links = false,
    protect_args = false,
    -- Two edits of the same length in one second have the same size and the same whole second.
    _extra = { "--modify-window=-1" },
  },
}
