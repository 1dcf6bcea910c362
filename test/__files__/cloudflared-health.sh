set -eu
runs() { curl -fsS -m 3 http://127.0.0.1:2000/metrics 2>/dev/null | sed -nE 's/^build_info[{].*version="([^"]*)".*/\1/p'; }
now=$(runs) || now=
if [ -n "$now" ] && [ "$now" != 2026.8.2 ]; then systemctl restart cloudflared-home.service; fi
for _ in $(seq 1 30); do
  if curl -fsS -m 3 -o /dev/null http://127.0.0.1:2000/ready 2>/dev/null; then exit 0; fi
  sleep 2
done
echo "cloudflared-home.service is not connected to Cloudflare after a minute; read: journalctl -u cloudflared-home.service -n 50" >&2
exit 1
