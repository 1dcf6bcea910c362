/** Starts lsyncd with what is on disk, and its regular full comparison; fails when it does not stay up. */
export function replicationStart(): string {
  return `set -eu
systemctl daemon-reload
systemctl enable --quiet lsyncd.service lsyncd-full-sync.timer
systemctl restart lsyncd.service lsyncd-full-sync.timer
sleep 3
systemctl is-active --quiet lsyncd.service && exit 0
echo "lsyncd does not stay up; hand-written files are not replicated" >&2
journalctl -q -n 20 --no-pager -u lsyncd >&2 || true
exit 1
`;
}
