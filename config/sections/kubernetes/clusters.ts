import { z } from "zod";
import { choiceFix } from "../../file/fixes";
import { ipAddress, ipv6, port, shown } from "../network";
import { hostSchema } from "../vrrp";
import {
  apiQuestionField,
  disableField,
  distributionField,
  kubernetesContextField,
} from "./distribution";

/** Who moves the API's address of a cluster between its masters. */
export const API_OWNERS = ["kube-vip", "talos", "external", "none"] as const;

/** A Kubernetes cluster whose API is not behind a pair of this stack. */
export const kubernetesClusterSchema = z
  .strictObject({
    distribution: distributionField,
    disable: disableField,
    kubernetesContext: kubernetesContextField,
    apiCheck: apiQuestionField,
    announcedBy: z
      .enum(API_OWNERS, {
        error: (issue) =>
          issue.input === "pair"
            ? 'found "pair", expected one of kube-vip, talos, external, none: a cluster behind a pair of this stack stands in homelab:apiLoadBalancers, and is named from there; move it'
            : issue.input === undefined
              ? `missing, expected one of ${API_OWNERS.join(", ")}; say who has the API's address`
              : `found ${shown(issue.input)}, expected one of ${API_OWNERS.join(", ")}; ${choiceFix(issue.input, API_OWNERS)}`,
      })
      .describe(
        "Who has the API's address: `kube-vip` or `talos`, a master that the others chose; `external`, something that this stack does not know; `none`, clients use the masters' own addresses. A cluster behind a pair of this stack stands in `apiLoadBalancers` instead.",
      ),
    address: ipAddress
      .optional()
      .describe(
        "The API's address, IPv4 or IPv6; nothing else may have it. Default: it has none of its own (`external`, `none`).",
      ),
    address6: ipv6
      .optional()
      .describe(
        "The API's IPv6 address beside an IPv4 `address`; it moves by the same means. Default: the API has one family.",
      ),
    port: port.default(6443).describe("Port of the API."),
    masters: z
      .array(hostSchema)
      .min(1)
      .describe("API servers with etcd; an odd number, so that it has a majority."),
    workers: z
      .array(hostSchema)
      .default([])
      .describe(
        "Machines that carry pods; a master that does so as well stands in both. Default: the masters carry them.",
      ),
  })
  .superRefine(({ announcedBy, address, address6, distribution, disable }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    const moves = announcedBy === "kube-vip" || announcedBy === "talos";
    if (moves && address === undefined) {
      problem(
        "address",
        `missing, expected the address that ${announcedBy === "talos" ? "Talos" : announcedBy} announces; state it`,
      );
    }
    for (const [key, found] of Object.entries({ address, address6 })) {
      if (announcedBy !== "none" || found === undefined) continue;
      problem(key, `found ${found}, but nobody announces it; remove it, or say who does`);
    }
    if (disable !== undefined && distribution !== "k3s") {
      problem(
        "disable",
        "found it, but only k3s has these parts; remove it, or state distribution: k3s",
      );
    }
    if (announcedBy === "talos" && distribution !== "talos") {
      problem(
        "announcedBy",
        "found talos, which only Talos can; state distribution: talos, or who else announces it",
      );
    }
  });
