import type { Review } from '../facts/model.ts';
import { type Html, html, trusted } from './html-elements.ts';
import { secretsSection } from './html-secrets.ts';
import { otherSections } from './html-sections.ts';
import { STYLE } from './html-style.ts';
import { summaryOf } from './summary.ts';
import { count, list } from './text.ts';
import { coverageText } from './wording.ts';

const MARKS = { good: '✓', warning: '!', bad: '✗' } as const;

/**
 * The review as one HTML file: no script, no file from elsewhere, which its own content security policy forbids as
 * well; light and dark, narrow and printed.
 */
export function htmlOf(review: Review): string {
  const title = `Access review: ${list(review.projects)}`;
  const page: Html = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trusted(STYLE)}</style></head>
<body><main>
<header><h1>${title}</h1>
<p class="soft">What ${count(review.stacks.length, 'stack')} will deploy: ${list(review.stacks)}. ${coverageText(review)}</p>
<ul class="verdicts">${summaryOf(review).map(
    ({ tone, title: short, text }) =>
      html`<li class="${tone}"><strong>${MARKS[tone]} ${short}</strong><span>${text}</span></li>`,
  )}</ul></header>
${secretsSection(review)}
${otherSections(review)}
</main></body></html>
`;
  return page.html;
}
