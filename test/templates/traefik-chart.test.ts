import { expect, test } from "vitest";
import { stringify } from "yaml";
import { chartValues, chartValuesAfterMove } from "../../templates/traefik/chart";

const facts = {
  name: "traefik-lb",
  namespace: "traefik",
  address: "10.0.20.203",
  selector: { "app.kubernetes.io/name": "traefik" },
  replicas: 3,
  targetPorts: { web: 8000, websecure: 8443 },
};

test("values for the pods leave the chart's own Service alone", () => {
  expect(stringify(chartValues({ ...facts, variant: "beside" }))).toMatchInlineSnapshot(`
    "deployment:
      replicas: 3
    topologySpreadConstraints:
      - topologyKey: kubernetes.io/hostname
        maxSkew: 1
        whenUnsatisfiable: DoNotSchedule
        labelSelector:
          matchLabels:
            app.kubernetes.io/name: traefik
        matchLabelKeys:
          - pod-template-hash
        nodeTaintsPolicy: Honor
    podDisruptionBudget:
      enabled: false
      minAvailable: null
      maxUnavailable: null
    ports:
      web:
        port: 8000
      websecure:
        port: 8443
        http:
          tls:
            enabled: true
        http3:
          enabled: true
          advertisedPort: 443
    "
  `);
});

test("with the variant chart its own Service gets the address, and loses what would keep it from that", () => {
  const { service, ports } = chartValues({ ...facts, variant: "chart" });
  expect(stringify({ service, ports })).toMatchInlineSnapshot(`
    "service:
      enabled: true
      single: true
      annotations:
        metallb.io/loadBalancerIPs: 10.0.20.203
        metallb.io/allow-shared-ip: ""
        metallb.io/address-pool: ""
        metallb.universe.tf/loadBalancerIPs: ""
        metallb.universe.tf/allow-shared-ip: ""
        metallb.universe.tf/address-pool: ""
      spec:
        type: LoadBalancer
        externalTrafficPolicy: Local
        loadBalancerIP: ""
    ports:
      web:
        port: 8000
        expose:
          default: true
        exposedPort: 80
      websecure:
        port: 8443
        expose:
          default: true
        exposedPort: 443
        http:
          tls:
            enabled: true
        http3:
          enabled: true
          advertisedPort: 443
    "
  `);
});

test("after the move the chart's Service stays inside the cluster, and Ingress objects show the other", () => {
  expect(stringify(chartValuesAfterMove({ ...facts, variant: "beside" }))).toMatchInlineSnapshot(`
    "service:
      spec:
        type: ClusterIP
        externalTrafficPolicy: ""
        loadBalancerIP: ""
    providers:
      kubernetesIngress:
        publishedService:
          enabled: true
          pathOverride: traefik/traefik-lb
    "
  `);
});
