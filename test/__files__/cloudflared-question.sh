echo "unit $(systemctl is-active cloudflared-home.service)"
echo "ready $(curl -sS -m 3 -o /dev/null -w '%{http_code}' http://127.0.0.1:2000/ready 2>/dev/null)"
