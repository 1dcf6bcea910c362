import { expect, test } from "vitest";
import {
  type ApiServerReading,
  type ApiServersReading,
  judgeApiServers,
} from "../../../model/doctor/kubernetes";

const now = Date.parse("2026-11-27T12:00:00Z");
const inDays = (days: number) => now + days * 24 * 3600 * 1000;

const good = { status: 401, certificate: { name: "k3s", endMs: inDays(300), fits: true } };
const gone = { refused: "connect ECONNREFUSED 10.0.20.51:6443" };

type Answer = Omit<ApiServerReading, "name" | "address">;

function told(master: Answer, shared: Answer = good, change: Partial<ApiServersReading> = {}) {
  const reading: ApiServersReading = {
    place: "kubernetes.home",
    distribution: "k3s",
    port: 6443,
    check: { path: "/readyz", statuses: [200, 401] },
    shared: [{ name: "address", address: "10.0.20.50", ...shared }],
    masters: [{ name: "k3s-1", address: "10.0.20.51", ...master }],
    ...change,
  };
  return judgeApiServers(reading, now).map(({ verdict, subject, found, fix = [] }) =>
    [`${verdict}: ${subject}: ${found}`, ...fix].join(" -> "),
  );
}

const certificate = (change: object) => ({
  ...good,
  certificate: { ...good.certificate, ...change },
});

test("API servers that answer as their distribution's do are well, and say until when", () => {
  expect(told(good)).toEqual([
    'ok: kubernetes.home address: /readyz at 10.0.20.50 (port 6443) answers 401; its certificate "k3s" until 2027-09-23',
    'ok: kubernetes.home k3s-1: /readyz at 10.0.20.51 (port 6443) answers 401; its certificate "k3s" until 2027-09-23',
  ]);
  // A master's own address need not be in its certificate.
  expect(told(certificate({ fits: false }))[1]).toMatch(/^ok: /);
  expect(told({ status: 200 })[1]).toMatch(/^ok: .* its certificate could not be read$/);
});

test("each answer that is none is told with what mends it", () => {
  const cases: Record<string, string[]> = {
    gone: told(gone, gone),
    "gone from here only": told(gone),
    "gone, and to be made": told(gone, good, { shared: [], madeByUp: true }),
    "no address": told(good, gone),
    "not ready": told({ status: 500 }),
    "wants a credential": told({ status: 403 }),
    "something else at the address": told(good, { status: 404 }),
    ended: told(certificate({ endMs: inDays(-1) })),
    "ends soon": told(certificate({ endMs: inDays(29) })),
    "not for the address": told(good, certificate({ fits: false })),
  };
  const bad = Object.entries(cases).map(([what, lines]) => [
    what,
    lines.filter((line) => !line.startsWith("ok")),
  ]);
  expect(Object.fromEntries(bad)).toMatchInlineSnapshot(`
    {
      "ended": [
        "problem: kubernetes.home k3s-1: /readyz at 10.0.20.51 (port 6443) answers 401, but its certificate "k3s" ended on 2026-11-26 -> renew it: k3s certificate rotate, with k3s stopped, one server after the other",
      ],
      "ends soon": [
        "problem: kubernetes.home k3s-1: /readyz at 10.0.20.51 (port 6443) answers 401; its certificate "k3s" ends on 2026-12-26, in 29 days -> renew it: k3s certificate rotate, with k3s stopped, one server after the other",
      ],
      "gone": [
        "problem: kubernetes.home address: no answer at 10.0.20.50 (port 6443): connect ECONNREFUSED 10.0.20.51:6443 -> see who announces it, and whether it is reached from here",
        "problem: kubernetes.home k3s-1: no answer at 10.0.20.51 (port 6443): connect ECONNREFUSED 10.0.20.51:6443 -> on k3s-1: journalctl -u k3s -n 100",
      ],
      "gone from here only": [
        "not checked: kubernetes.home k3s-1: no answer at 10.0.20.51 (port 6443): connect ECONNREFUSED 10.0.20.51:6443, though the API's own address answers: it may not be reached from here",
      ],
      "gone, and to be made": [
        "not checked: kubernetes.home k3s-1: no answer at 10.0.20.51 (port 6443): connect ECONNREFUSED 10.0.20.51:6443; kubeadm.join of the next \`up\` may make it",
      ],
      "no address": [
        "problem: kubernetes.home address: no answer at 10.0.20.50 (port 6443): connect ECONNREFUSED 10.0.20.51:6443 -> see who announces it, and whether it is reached from here",
      ],
      "not for the address": [
        "problem: kubernetes.home address: /readyz at 10.0.20.50 (port 6443) answers 401, but its certificate "k3s" is not for 10.0.20.50, so clients that verify it refuse it -> add 10.0.20.50 to tls-san of every server, and restart them one after the other",
      ],
      "not ready": [
        "problem: kubernetes.home k3s-1: /readyz at 10.0.20.51 (port 6443) answers 500, expected 200 or 401 -> on k3s-1: journalctl -u k3s -n 100",
      ],
      "something else at the address": [
        "problem: kubernetes.home address: /readyz at 10.0.20.50 (port 6443) answers 404, expected 200 or 401 -> on the master that has it: journalctl -u k3s -n 100",
      ],
      "wants a credential": [
        "not checked: kubernetes.home k3s-1: /readyz at 10.0.20.51 (port 6443) answers 403: it wants a credential, so whether it is ready is not known",
      ],
    }
  `);
});

test("what is to be done is the distribution's own", () => {
  const fixes = (["kubeadm", "k3s", "rke2", "talos"] as const).map((distribution) => [
    distribution,
    ...[
      told({ status: 500 }, good, { distribution }),
      told(certificate({ endMs: 0 }), good, { distribution }),
    ].map((lines) => lines[1]?.split(" -> ")[1]),
    told(good, certificate({ fits: false }), { distribution })[0]?.split(" -> ")[1],
  ]);
  expect(fixes).toMatchInlineSnapshot(`
    [
      [
        "kubeadm",
        "on k3s-1: crictl ps -a --name kube-apiserver, then crictl logs with its id",
        "renew it on each master: kubeadm certs renew all, then restart its static pods",
        "add 10.0.20.50 to apiServer.certSANs of kubeadm's configuration, and make apiserver.crt anew: kubeadm init phase certs apiserver",
      ],
      [
        "k3s",
        "on k3s-1: journalctl -u k3s -n 100",
        "renew it: k3s certificate rotate, with k3s stopped, one server after the other",
        "add 10.0.20.50 to tls-san of every server, and restart them one after the other",
      ],
      [
        "rke2",
        "on k3s-1: journalctl -u rke2-server -n 100",
        "renew it: rke2 certificate rotate, with rke2-server stopped, one server after the other",
        "add 10.0.20.50 to tls-san of every server, and restart them one after the other",
      ],
      [
        "talos",
        "see talosctl containers --kubernetes of k3s-1",
        "Talos renews it by itself: see why it did not with talosctl service apid and the log of the machine",
        "add 10.0.20.50 to cluster.apiServer.certSANs of the machine configuration",
      ],
    ]
  `);
});

test("a name in a certificate does nothing to a terminal, and is cut", () => {
  const name = `\u001b[31mred\n\u202e${"x".repeat(5000)}`;
  const [, line = ""] = told(certificate({ name }));
  expect(["\u001b", "\n", "\u202e"].filter((one) => line.includes(one))).toEqual([]);
  expect(line.length).toBeLessThan(300);
});
