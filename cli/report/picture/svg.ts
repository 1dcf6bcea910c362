import { htmlText } from "../../../model/foreign-text";
import { counted, listed } from "../../../model/text";
import type { PictureGuest, Topology } from "./types";

/** How the picture is laid out. */
export interface SvgLayout {
  /** Nodes side by side. */
  columns: number;
  /** Part of the ids inside, where a page has more than one picture. @default topology */
  id?: string;
}

/** More guests than this on a node are counted. */
const mostGuests = 14;
const columnWidth = 300;
const gutter = 40;
const rowHeight = 40;
const headHeight = 34;
const addressHeight = 44;
/** Characters of 13 px that a row has room for. */
const longestName = 30;

const cut = (text: string, most = longestName) =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** Colours and fonts of the picture: of the page that it is in, or its own where it stands alone. */
export const pictureStyle = `
.picture { font: 13px system-ui, sans-serif; color: #1a1a1a; }
.picture rect { fill: #f4f5f7; stroke: #6b7280; }
.picture rect.address { fill: #e4edfb; stroke: #1d4f91; }
.picture rect.guest { fill: #ffffff; stroke: #c3c8d0; }
.picture rect.store { fill: #efe8f7; stroke: #5b3a8c; }
.picture text { fill: currentColor; }
.picture .small { font-size: 11.5px; fill: #4a4f57; }
.picture .name { font-weight: 600; }
.picture path { fill: none; stroke: #1d4f91; stroke-width: 1.5; }
.picture path.standby { stroke-dasharray: 5 4; }
@media screen and (prefers-color-scheme: dark) {
.picture { color: #e8eaed; }
.picture rect { fill: #1e2227; stroke: #8b929c; }
.picture rect.address { fill: #14283f; stroke: #8ab4f8; }
.picture rect.guest { fill: #14171a; stroke: #4a5058; }
.picture rect.store { fill: #281d38; stroke: #c3a5ee; }
.picture .small { fill: #b4bac3; }
.picture path { stroke: #8ab4f8; }
}
`;

/** The topology as one SVG: addresses above, nodes with their guests, the backup below. */
export function topologySvg(topology: Topology, { columns, id = "topology" }: SvgLayout): string {
  const { nodes, addresses, backup } = topology;
  const across = Math.max(1, Math.min(columns, nodes.length));
  const width = across * (columnWidth + gutter);
  const top = 10 + addresses.length * (addressHeight + 10) + (addresses.length > 0 ? 12 : 0);
  const places = placed(topology, across, top);
  const bottom = Math.max(top, ...places.nodes.map(({ y, height }) => y + height)) + 14;
  const height = bottom + (backup ? 60 : 0);
  const parts = [
    ...links(topology, places, width),
    ...addresses.map((address, index) => addressBox(address, index, width)),
    ...places.nodes.map((place) => nodeBox(place)),
    ...(backup ? [backupBox(topology, bottom, width)] : []),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">What stands where</title><desc id="${id}-desc">${htmlText(inWords(topology))}</desc>${parts.join("")}</svg>`;
}

/** The same by itself, with its colours. */
export function standaloneSvg(topology: Topology): string {
  const svg = topologySvg(topology, { columns: 3 });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.replace("<title ", () => `<style>${pictureStyle}</style><title `)}\n`;
}

/** The picture for whoever cannot see it. */
function inWords({ nodes, addresses, backup }: Topology): string {
  return [
    ...nodes.map(
      ({ name, guests }) =>
        `${name} carries ${listed(
          guests.map((guest) => guest.name),
          20,
        )}`,
    ),
    ...addresses.map(
      ({ name, vip, members }) =>
        `${vip} (${name}) is shared by ${listed(members.map((member) => `${member.name} on ${member.node}`))}`,
    ),
    ...(backup ? [`backups go to ${backup.storage} on ${backup.on}`] : []),
  ].join("; ");
}

interface NodePlace {
  name: string;
  x: number;
  y: number;
  height: number;
  guests: { guest: PictureGuest; y: number }[];
  more: number;
}

function placed({ nodes }: Topology, across: number, top: number): { nodes: NodePlace[] } {
  let y = top;
  const found: NodePlace[] = [];
  for (let start = 0; start < nodes.length; start += across) {
    const row = nodes.slice(start, start + across).map(({ name, guests }, column): NodePlace => {
      // Members of an address are never among those that are only counted.
      const shown = guests.slice(0, mostGuests);
      const more = guests.length - shown.length;
      return {
        name,
        x: gutter + column * (columnWidth + gutter) - 10,
        y,
        height: headHeight + Math.max(1, shown.length + (more > 0 ? 1 : 0)) * rowHeight + 6,
        guests: shown.map((guest, index) => ({ guest, y: y + headHeight + index * rowHeight })),
        more,
      };
    });
    found.push(...row);
    y += Math.max(...row.map(({ height }) => height)) + 18;
  }
  return { nodes: found };
}

/** From each address to its members, in the gap left of their node; dashed to those that stand by. */
function links(
  { addresses }: Topology,
  { nodes }: { nodes: NodePlace[] },
  width: number,
): string[] {
  return addresses.flatMap(({ members }, index) =>
    members.flatMap(({ name, node }, rank) => {
      const place = nodes.find((one) => one.name === node);
      if (!place) return [];
      const row = place.guests.find(({ guest }) => guest.name === name);
      const y = row ? row.y + rowHeight / 2 : place.y + headHeight / 2;
      const from = 10 + index * (addressHeight + 10) + addressHeight / 2;
      const x = place.x - 8 - (index % 3) * 7;
      const start = Math.min(width - 10, place.x);
      const d = `M ${start} ${from} H ${x} V ${y} H ${place.x + (row ? 8 : 0)}`;
      return [`<path${rank === 0 ? "" : ' class="standby"'} d="${d}"/>`];
    }),
  );
}

function addressBox(
  { name, vip, members }: Topology["addresses"][number],
  index: number,
  width: number,
): string {
  const y = 10 + index * (addressHeight + 10);
  const [master, ...others] = members.map((member) => `${member.name} on ${member.node}`);
  const room = Math.floor((width - 70) / 7.8);
  const holders = `${master ?? "nobody"}${others.length > 0 ? `, else ${listed(others, 4, "or")}` : ""}`;
  return `<rect class="address" x="30" y="${y}" width="${width - 40}" height="${addressHeight}" rx="6"/><text class="name" x="42" y="${y + 18}">${htmlText(cut(`${vip}  ${name}`, room))}</text><text class="small" x="42" y="${y + 35}">${htmlText(cut(holders, Math.floor((width - 70) / 6.3)))}</text>`;
}

function nodeBox({ name, x, y, height, guests, more }: NodePlace): string {
  const rows = guests.map(({ guest, y: at }) => guestRow(guest, x + 8, at));
  const after = y + headHeight + guests.length * rowHeight;
  const note =
    more > 0 ? `and ${counted(more, "more guest")}` : guests.length === 0 ? "no guest" : "";
  const rest =
    note === "" ? "" : `<text class="small" x="${x + 14}" y="${after + 22}">${note}</text>`;
  return `<rect x="${x}" y="${y}" width="${columnWidth}" height="${height}" rx="6"/><text class="name" x="${x + 12}" y="${y + 22}">${htmlText(cut(name))}</text>${rows.join("")}${rest}`;
}

function guestRow(guest: PictureGuest, x: number, y: number): string {
  const { name, vmid, address, haGroup, copiedTo, backup } = guest;
  const facts = [
    address ?? "",
    haGroup === undefined ? "not under HA" : "HA",
    backup ? "backup" : "no backup",
    copiedTo.length > 0 ? `copies: ${copiedTo.join(", ")}` : "",
  ].filter((fact) => fact !== "");
  return `<rect class="guest" x="${x}" y="${y}" width="${columnWidth - 16}" height="${rowHeight - 4}" rx="4"/><text x="${x + 8}" y="${y + 15}">${htmlText(cut(`${vmid} ${name}`, 38))}</text><text class="small" x="${x + 8}" y="${y + 30}">${htmlText(cut(facts.join(" · "), 43))}</text>`;
}

function backupBox({ nodes, backup }: Topology, y: number, width: number): string {
  const guests = nodes.flatMap((node) => node.guests);
  const copied = guests.filter((guest) => guest.backup).length;
  const room = Math.floor((width - 70) / 7.8);
  const head = `Backups: ${backup?.storage} on ${backup?.on}`;
  const text = `every ${backup?.everyHours} h, ${copied} of ${counted(guests.length, "guest")}`;
  return `<rect class="store" x="30" y="${y}" width="${width - 40}" height="${addressHeight}" rx="6"/><text class="name" x="42" y="${y + 18}">${htmlText(cut(head, room))}</text><text class="small" x="42" y="${y + 35}">${htmlText(cut(text, Math.floor((width - 70) / 6.3)))}</text>`;
}
