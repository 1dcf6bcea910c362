/** Names of the jobs of Prometheus, and so the label `job` of what they scrape. */
export const JOBS = {
  members: "homelab-members",
  addresses: "homelab-addresses",
  routes: "homelab-routes",
  status: "homelab-status",
} as const;

/** File of a member's own metrics in the directory that node-exporter reads. */
export const MEMBER_METRICS_FILE = "homelab_member.prom";

/** File that `homelab status --prometheus` writes. */
export const STATUS_METRICS_FILE = "homelab_status.prom";
