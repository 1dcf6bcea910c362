import { z } from "zod";
import { name, shown } from "../sections/network";
import { FILES_SECTION, stackSchema } from "../stack";

/** Section whose entries are whole stacks, one for each Proxmox cluster. */
export const SITES = "sites";

/** The URL in what was written without its scheme, or with a wrong one. */
function endpointFix(value: unknown): string {
  const [, host, port = "8006"] =
    /^(?:[a-z]+:\/\/)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?(?:\/.*)?$/.exec(
      String(value).trim(),
    ) ?? [];
  const url = `https://${host}:${port}`;
  return host !== undefined && URL.canParse(url)
    ? `write ${url}`
    : "write e.g. https://pve.example.org:8006";
}

function endpointMistake(value: unknown): string | undefined {
  const fix = value === undefined ? "write e.g. https://pve.example.org:8006" : endpointFix(value);
  if (value === undefined) return `missing, expected the URL of the Proxmox API; ${fix}`;
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || url.protocol !== "https:" || url.hostname === "") {
    return `found ${shown(value)}, expected an https URL; ${fix}`;
  }
  if (url.username !== "" || url.password !== "") {
    return `found a URL with a user name, expected the address only; set the token with: pulumi config set --secret --path 'homelab:secrets.proxmoxToken' VALUE`;
  }
  return undefined;
}

const endpoint = z
  .string({ error: ({ input }) => endpointMistake(input) })
  .refine((value) => endpointMistake(value) === undefined, {
    error: ({ input }) => endpointMistake(input),
  })
  .meta({ examples: ["https://pve.parents.example.org:8006"] });

/** What a site has beside the sections: which platforms are its own. */
export const placeShape = {
  proxmox: z
    .strictObject({
      endpoint: endpoint.describe("URL of the site's Proxmox API."),
      insecure: z
        .boolean()
        .default(false)
        .describe(
          "Whether the API's certificate is taken unseen, as for one that Proxmox signed itself. Default: false.",
        ),
    })
    .describe(
      "The site's Proxmox cluster; its token is the secret `homelab:secrets.sites.<name>.proxmoxToken`.",
    ),
  kubernetesContext: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Context in your kubeconfig that leads to the site's Kubernetes cluster; needed with `kubernetesIngress`, and with `tunnels` whose connectors run in it, unless each cluster states its own. Default: none.",
    ),
  routedTo: z
    .array(name)
    .default([])
    .describe(
      "Sites whose networks are routed to this one, such as through a VPN: no network may overlap there. Default: none, and overlapping networks are not judged.",
    ),
};

const { [FILES_SECTION]: _files, ...siteSections } = stackSchema.shape;

/** One site: the sections of a stack file with one cluster, and its own platforms. */
export const siteSchema = z.strictObject({ ...placeShape, ...siteSections });

/** Which platforms are a site's own, checked. */
export type SitePlace = z.output<z.ZodObject<typeof placeShape>>;

/** `homelab:sites` as editors see it. */
export const sitesSchema = z
  .record(name, siteSchema)
  .describe(
    "Several Proxmox clusters in one stack, by name of the site; each has the sections of a stack file with one cluster, which then stand nowhere else.",
  );
