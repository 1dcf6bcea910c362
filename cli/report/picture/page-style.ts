import { pictureStyle } from "./svg";

/** The page's only style sheet; colours are chosen for a contrast of at least 4.5 to 1. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1a1a1a; --page: #ffffff; --line: #c3c8d0; --soft: #f4f5f7; --link: #1d4f91; --dim: #4a4f57;
  --good: #e3f4e6; --good-text: #0b4f1d; --warn: #fff1cc; --warn-text: #5c4300; --bad: #fde2e1; --bad-text: #7d1410; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --page: #14171a; --line: #4a5058; --soft: #1e2227; --link: #8ab4f8; --dim: #b4bac3;
    --good: #12351d; --good-text: #b7efc5; --warn: #3d2f00; --warn-text: #ffe08a; --bad: #4a1614; --bad-text: #ffc9c5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 16px; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
h1 { margin: 0 0 8px; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin: 32px 0 8px; font-size: 1.3rem; border-bottom: 2px solid var(--line); }
h3 { margin: 20px 0 4px; font-size: 1.05rem; }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; padding: 8px; background: var(--page); }
.verdict { padding: 12px; border-radius: 6px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: 4px 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; font-size: 0.92rem; }
caption { text-align: left; color: var(--dim); padding: 4px 0; }
th, td { border: 1px solid var(--line); padding: 6px 8px; text-align: left; vertical-align: top; }
thead th { background: var(--soft); }
.matrix th[scope="row"] { position: sticky; left: 0; background: var(--page); min-width: 7.5rem; }
.matrix td { min-width: 6rem; }
@media (max-width: 500px) { table { font-size: 0.85rem; } th, td { padding: 4px 6px; } .matrix td { min-width: 5.5rem; } }
.good { background: var(--good); color: var(--good-text); }
.warn { background: var(--warn); color: var(--warn-text); }
.bad { background: var(--bad); color: var(--bad-text); }
td.bad { font-weight: 600; }
li { overflow-wrap: anywhere; }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; padding: 8px; background: var(--soft); font-size: 0.88rem; }
summary { padding: 4px 0; cursor: pointer; }
summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.trend { max-width: 100%; height: auto; }
.timeline { padding-left: 24px; }
.timeline li { margin: 6px 0; }
.at { font-weight: 600; }
small { display: block; color: var(--dim); font-size: 0.85rem; }
.narrow svg { max-width: 100%; height: auto; }
.wide { display: none; }
@media (min-width: 1060px) { .wide { display: block; } .narrow { display: none; } }
@media print {
  body { max-width: none; padding: 0; font-size: 11pt; }
  nav, .skip { display: none; }
  .scroll { overflow: visible; }
  .wide { display: block; } .narrow { display: none; }
  .wide svg { max-width: 100%; height: auto; }
  tr, li, svg { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
${pictureStyle}`;
