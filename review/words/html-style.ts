/** The whole style of review.html: light, dark, narrow and printed; no font, image or file from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --panel: #f6f7f9; --line: #d5d9e0; --text: #16191f; --soft: #58606e;
  --good: #0b6b3a; --good-bg: #e3f4ea; --warning: #7a4b00; --warning-bg: #fdf0d2; --bad: #a4161a; --bad-bg: #fde5e5;
  --accent: #1b4fc4; --accent-bg: #e6eefd; }
@media screen and (prefers-color-scheme: dark) { :root { --bg: #12151b; --panel: #1b2029; --line: #363d4a;
  --text: #eceff4; --soft: #a4adbb; --good: #6fdc9f; --good-bg: #12351f; --warning: #f3c56b; --warning-bg: #3a2b0c;
  --bad: #ff8f8f; --bad-bg: #431a1c; --accent: #8fb4ff; --accent-bg: #18294c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.25rem 4rem; background: var(--bg); color: var(--text);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; max-width: 58rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
code { font: .875em/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.verdicts { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .75rem;
  padding: 0; margin: 1.5rem 0 0; }
.verdicts li { border-radius: .6rem; padding: .75rem 1rem; border: 1px solid; }
.verdicts strong { display: block; }
.verdicts span { color: var(--text); font-size: .9rem; }
.good { color: var(--good); background: var(--good-bg); }
.warning { color: var(--warning); background: var(--warning-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.tag { display: inline-block; border-radius: .3rem; padding: 0 .4rem; font-size: .85rem; font-weight: 600;
  white-space: nowrap; }
.tag.plain { color: var(--accent); background: var(--accent-bg); }
.card { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin: 1rem 0; }
.card > :first-child { margin-top: 0; }
.card.beyond { background: var(--panel); border-style: dashed; }
.reader { border-left: 4px solid var(--accent); padding-left: 1rem; margin: 1rem 0; }
.reader .who { font-size: 1.1rem; font-weight: 650; overflow-wrap: anywhere; }
ul, ol { padding-left: 1.3rem; margin: .4rem 0; }
li { margin: .3rem 0; max-width: 58rem; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; margin: .5rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: break-word; min-width: 7rem; }
td:first-child { min-width: 9rem; }
td small { overflow-wrap: anywhere; }
td small { display: block; color: var(--soft); font-size: .85em; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { max-width: 100%; min-width: 44rem; height: auto; display: block; }
svg text { font: 13px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: var(--text); }
svg .caption, svg .subtitle { font-size: 12px; fill: var(--soft); }
svg .title { font-weight: 650; }
svg .node rect { fill: var(--panel); stroke: var(--line); stroke-width: 1.5; }
svg .node.identity rect { fill: var(--accent-bg); stroke: var(--accent); }
svg .node.internet rect { stroke-dasharray: 5 4; }
svg .edge { fill: none; stroke: var(--soft); stroke-width: 1.6; }
svg .edge.access { stroke: var(--accent); stroke-width: 2.2; }
svg .edge.public { stroke: var(--bad); stroke-width: 2.2; }
svg .edge.refused, svg .edge.structure { stroke-dasharray: 5 4; }
svg .end path { fill: var(--soft); }
svg .end.access path { fill: var(--accent); }
svg .end.public path { fill: var(--bad); }
svg .end.refused path { fill: none; stroke: var(--soft); stroke-width: 2; }
svg .label { font-size: 12.5px; paint-order: stroke; stroke: var(--bg); stroke-width: 5px; }
svg .label.access { fill: var(--accent); font-weight: 650; }
svg .label.public { fill: var(--bad); font-weight: 650; }
@media screen and (max-width: 44rem) {
  body { padding: 1.25rem 1rem 3rem; }
  thead { display: block; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
    white-space: nowrap; }
  svg { min-width: 0; }
  .tag { white-space: normal; }
  td, th { min-width: 0; }
  table, tbody { display: block; }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td:first-child { display: block; min-width: 0; padding: .15rem 0; border: 0; overflow-wrap: anywhere; }
  dl { grid-template-columns: 1fr; }
  dd { margin-bottom: .4rem; }
  td:empty { display: none; }
  td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .8rem; }
}
@media print {
  @page { margin: 14mm; }
  html { font-size: 70%; }
  body { padding: 0; max-width: none; }
  svg { min-width: 0; }
  .card, tr, figure, .verdicts li { break-inside: avoid; }
  h2, h3, h2 + p, h3 + p { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`.trim();
