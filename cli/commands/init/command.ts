import type { Command } from "commander";
import { linesText } from "../../../model/foreign-text";
import { newStackOptions } from "../../lib/options";
import { finish, interruptible, progress } from "../../lib/process";
import type { InitFlags } from "./run";

const each = (value: string, before: string[] = []) => [...before, value];

/** Adds `homelab init`. */
export function initCommand(homelab: Command): void {
  newStackOptions(homelab.command("init"))
    .description("write the stack file of a cluster of your own: from questions, flags or its API")
    .option("--node <name=address>", "a node; once for each, at least two", each)
    .option("--gateway <address/prefix>", "router and prefix length of the nodes' network")
    .option("--storage <name=kind>", "zfs, shared or local, with =kind:node,node on a part", each)
    .option("--pve <version>", "major version of Proxmox VE, 8 or 9 (default: 9)")
    .option("--quorum-device <host>", "host outside that votes; two nodes need one (default: none)")
    .option("--backup <storage>", "storage of the nightly backups (default: none)")
    .option(
      "--vip <address>",
      "address that the Traefik pair shares; with --live and its prefix length (default: no pair)",
    )
    .option(
      "--traefik <name,vmid,node,address>",
      "a container of the pair, once for each; with --live only its name",
      each,
    )
    .option("--live", "read nodes, storages and guests from PROXMOX_VE_ENDPOINT, as `adopt` does")
    .addHelpText(
      "after",
      "\nWithout flags it asks, on a terminal. Example:\n  homelab init --stack house --node pve1=192.168.1.11 --node pve2=192.168.1.12 --gateway 192.168.1.1/24 --storage local-zfs=zfs",
    )
    .action(async (flags: InitFlags) => {
      const { init } = await import("./run.js");
      const { terminal } = await import("../../lib/terminal/terminal.js");
      const ask = process.stdin.isTTY && process.stderr.isTTY ? terminal() : undefined;
      const lines = await interruptible(() => init({ ...flags, env: process.env, progress, ask }));
      finish.print(linesText(lines));
    });
}
