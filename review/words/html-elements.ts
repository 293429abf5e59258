import { escapeHtml } from './escape-html.ts';

/** HTML that is escaped already. Everything in review.html is made of it, so that no text gets in as it is. */
export interface Html {
  readonly html: string;
}

/** What a template takes: text, which it escapes, HTML, and lists of both. */
export type Content = string | Html | readonly Content[];

/** Template tag: `html\`<b>${name}</b>\`` escapes the name. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return { html: strings.map((text, index) => text + rendered(values[index] ?? '')).join('') };
}

function rendered(content: Content): string {
  if (typeof content === 'string') return escapeHtml(content);
  return 'html' in content ? content.html : content.map(rendered).join('');
}

/** HTML that comes from a function which escapes by itself. */
export function trusted(text: string): Html {
  return { html: text };
}

/** A resource name, key or address, in the font for it. */
export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** One word on colour; the word alone says it as well. */
export function tag(tone: 'good' | 'warning' | 'bad' | 'plain', text: string): Html {
  return html`<span class="tag ${tone}">${text}</span>`;
}

/** A table, which turns into one block for each row where there is no room. */
export function table(columns: readonly string[], rows: readonly (readonly Content[])[]): Html {
  const cells = (row: readonly Content[]) =>
    row.map((cell, index) => html`<td data-label="${columns[index] ?? ''}">${cell}</td>`);
  return html`<div class="scroll"><table><thead><tr>${columns.map((name) => html`<th>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${cells(row)}</tr>
`,
  )}</tbody></table></div>`;
}
