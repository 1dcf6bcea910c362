import { block, file, word } from "../text";

/**
 * `/etc/logrotate.d/homelab-ha`. Every program here opens its log for each line, so a rotated one
 * needs no signal.
 */
export function logrotateConf(logs: readonly string[]): string {
  return file(
    block(logs.map((log) => word(log, "log")).join(" "), [
      "weekly",
      "rotate 8",
      "maxsize 10M",
      "compress",
      "delaycompress",
      "missingok",
      "notifempty",
      "create 0640 root adm",
    ]),
  );
}
