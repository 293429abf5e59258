import { createHash } from 'node:crypto';

/** Style of all pages, inline: the page loads nothing. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #101316);
  --card: light-dark(#ffffff, #171b20);
  --line: light-dark(#e2e5ea, #2a3038);
  --text: light-dark(#16191d, #e8ebef);
  --quiet: light-dark(#5a6370, #98a2b0);
  --good: light-dark(#13713a, #6fd195);
  --good-back: light-dark(#e4f5ea, #14301f);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, monospace;
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 46rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 4.5rem) 1.25rem 3rem; }
header { margin-bottom: 2rem; }
h1 { font-size: clamp(1.5rem, 5vw, 2rem); line-height: 1.2; letter-spacing: -.02em; font-weight: 650; overflow-wrap: anywhere; text-wrap: balance; }
header p { margin-top: .6rem; color: var(--quiet); max-width: 38rem; text-wrap: pretty; }
.state {
  display: inline-flex; align-items: center; gap: .5em; margin-bottom: 1rem; padding: .15rem .7rem .15rem .6rem;
  border-radius: 99px; background: var(--good-back); color: var(--good); font-size: .8125rem; font-weight: 600;
}
.state::before { content: ""; width: .5em; height: .5em; border-radius: 50%; background: currentColor; }
section { margin-top: 1.25rem; border: 1px solid var(--line); border-radius: 14px; background: var(--card); overflow: hidden; }
h2 { padding: .8rem 1.25rem; border-bottom: 1px solid var(--line); font-size: .8125rem; font-weight: 600; color: var(--quiet); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .7rem 1.25rem; text-align: left; vertical-align: baseline; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
th { width: 8.5rem; font-weight: 400; font-size: .9375rem; color: var(--quiet); white-space: nowrap; }
td { overflow-wrap: anywhere; font-size: .9375rem; }
.values th, .values td { font-family: var(--mono); }
.values th { color: var(--text); }
code { font-family: var(--mono); font-size: .875rem; }
code span { display: inline-block; max-width: 100%; }
small { display: block; margin-top: .15rem; color: var(--quiet); font-size: .8125rem; }
.masked { color: var(--quiet); letter-spacing: .15em; user-select: none; }
footer { margin-top: 1.5rem; color: var(--quiet); font-size: .8125rem; text-wrap: pretty; }
@media (max-width: 34rem) {
  .facts tr { display: block; padding: .6rem 1.25rem; border-top: 1px solid var(--line); }
  .facts tr:first-child { border-top: 0; }
  .facts th, .facts td { display: block; width: auto; padding: 0; border: 0; }
  .facts th, .facts code { font-size: .8125rem; }
  .values th { width: 7.5rem; padding-right: 0; }
}
@media print { section { break-inside: avoid; } }
`;

/** CSP source that allows exactly this style (https://www.w3.org/TR/CSP3/#grammardef-hash-source). */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`;
