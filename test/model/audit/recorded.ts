/** What a sound node prints, section by section. */
const sections: Record<string, string> = {
  watchdogs: "Software Watchdog",
  module: "",
  services: "watchdog-mux active\npve-ha-lrm active\npve-ha-crm active\ncorosync active",
  links: [
    "Local node ID 1, transport knet",
    "LINK ID 0 udp",
    "\taddr\t= 10.0.0.1",
    "\tstatus:",
    "\t\tnodeid:          1:\tlocalhost",
    "\t\tnodeid:          2:\tconnected",
    "\t\tnodeid:          3:\tconnected",
  ].join("\n"),
  edac: "/sys/devices/system/edac/mc/mc0/ce_count:0\n/sys/devices/system/edac/mc/mc0/ue_count:0",
  log: "2026-12-01T07:00:02+0100 a kernel: EDAC MC: Ver: 3.0.0",
  last: "",
  boots: "end -1 0",
};

/** The whole answer of a node, with some sections replaced. */
export function hostOutput(more: Record<string, string> = {}): string {
  const parts = Object.entries({ ...sections, ...more }).map(
    ([name, text]) => `== audit ${name}\n${text === "" ? "" : `${text}\n`}`,
  );
  return `${parts.join("")}== audit end\n`;
}
