import type { Access, Review } from '../facts/model.ts';
import { diagramOf } from './diagram.ts';
import { type Content, code, type Html, html, table, tag, trusted } from './html-elements.ts';
import { isRefused } from './summary.ts';
import { svgOf } from './svg.ts';
import { count, shortName } from './text.ts';
import { conditionText, EXPOSURE_WORDS, exceptionText, OUTCOME_WORDS } from './wording.ts';

/** Everything below the secrets, in the order of how much it matters. */
export function otherSections(review: Review): Html[] {
  return [
    diagramSection(review),
    accessSection(review),
    exposureSection(review),
    lifecycleSection(review),
    policySection(review),
    settingsSection(review),
    unknownSection(review),
    notReviewedSection(review),
  ];
}

function section(title: string, ...content: Content[]): Html {
  return html`<section><h2>${title}</h2>
${content}</section>`;
}

function diagramSection(review: Review): Html {
  const diagram = diagramOf(review);
  const leftOut = diagram.servicesLeftOut;
  const note =
    leftOut > 0
      ? html`<p class="soft">${count(leftOut, 'more service')} not drawn; the tables hold all.</p>`
      : '';
  return section('Picture', html`<figure>${trusted(svgOf(diagram))}</figure>`, note);
}

function accessSection({ access, notReviewed }: Review): Html {
  const rows = access.map((row) => [
    code(row.principal),
    html`${row.resource.kind} <strong>${shortName(row.resource.name)}</strong><small>${row.resource.name}</small>`,
    html`${code(row.role)}${permissions(row)}`,
    row.condition ? html`${conditionText(row.condition)}<small>${row.condition.expression}</small>` : 'none',
    html`${row.reason ?? tag('warning', 'no reason written down')}<small>${row.stack}: ${row.address}</small>`,
  ]);
  return section(
    'Access matrix',
    html`<p class="soft">Every role that these stacks grant. ${
      notReviewed.length === 0
        ? 'Nothing else in them gives access.'
        : 'What is not reviewed, at the end, may give more.'
    }</p>`,
    table(['Principal', 'Resource', 'Role and permissions', 'Condition', 'Why, and where from'], rows),
  );
}

function permissions({ permissions: all, withoutEffect }: Access): Html {
  if (all === null) return html`<div>${tag('warning', 'permissions unknown')}</div>`;
  const effective = all.filter((permission) => !withoutEffect.includes(permission));
  return html`${effective.map((permission) => html`<div>${code(permission)}</div>`)}${
    withoutEffect.length > 0 ? html`<small>Without effect here: ${withoutEffect.join(', ')}</small>` : ''
  }`;
}

function exposureSection({ exposure }: Review): Html {
  const tones = { internal: 'good', granted: 'good', openable: 'warning', public: 'bad' } as const;
  const rows = exposure.map(({ resource, level, explanation }) => [
    html`${resource.kind} <strong>${shortName(resource.name)}</strong>`,
    tag(tones[level], EXPOSURE_WORDS[level]),
    explanation,
  ]);
  return section('Reachable from the internet', table(['Resource', 'By whom', 'Explanation'], rows));
}

function lifecycleSection(review: Review): Html {
  const tones = { deleted: 'warning', kept: 'good', refused: 'good' } as const;
  const tables = review.stacks.map((stack) => {
    const rows = review.lifecycle.filter((row) => row.stack === stack && row.resource.kind !== 'grant');
    const grants = review.lifecycle.filter(
      (row) => row.stack === stack && row.resource.kind === 'grant',
    ).length;
    const result = isRefused(review, stack) ? 'Refused: nothing is deleted.' : 'Deletes what is marked so.';
    return html`<h3>Destroying ${code(stack)}</h3><p class="soft">${result} ${
      grants > 0 ? `Its ${count(grants, 'grant')} go with it.` : ''
    }</p>${table(
      ['Resource', 'Outcome', 'What that means'],
      rows.map(({ resource, outcome, note }) => [
        html`${resource.kind} <strong>${shortName(resource.name)}</strong>`,
        tag(tones[outcome], OUTCOME_WORDS[outcome]),
        note,
      ]),
    )}`;
  });
  return section('What destroying deletes and keeps', tables, existing(review));
}

function existing({ existing: targets }: Review): Content {
  if (targets.length === 0) return '';
  return html`<h3>Used, but made by none of these stacks</h3><p class="soft">Only granted on; never changed or destroyed.</p>
<ul>${targets.map(({ kind, name }) => html`<li>${kind} ${code(name)}</li>`)}</ul>`;
}

function policySection({ policies }: Review): Html {
  const broken = policies.flatMap(({ id, findings }) => findings.map((finding) => ({ id, ...finding })));
  const rows = broken.map(({ id, severity, exception, found, fix, path, address }) => [
    code(id),
    exception ? tag('plain', 'exception') : tag(severity === 'error' ? 'bad' : 'warning', severity),
    html`${found}<small>${path} (${address})</small>`,
    exception ? exceptionText(exception) : fix,
  ]);
  const holding = policies.filter(({ findings }) => findings.length === 0);
  return section(
    'Policies',
    rows.length > 0 ? table(['Policy', 'Result', 'Found', 'Fix or exception'], rows) : '',
    holding.length > 0 ? html`<h3>${count(holding.length, 'policy', 'policies')} without findings</h3>` : '',
    table(
      ['Policy', 'Reason'],
      holding.map(({ id, reason }) => [code(id), reason]),
    ),
  );
}

function settingsSection({ settings }: Review): Html {
  return section(
    'Settings in force',
    table(
      ['Setting', 'Value', 'From'],
      settings.map(({ name, value, source }) => [code(name), code(value), source]),
    ),
  );
}

function unknownSection({ unknown }: Review): Html {
  if (unknown.length === 0) return trusted('');
  return section(
    'Unknown before deployment',
    table(
      ['Part', 'Argument', 'What stands there'],
      unknown.map(({ stack, address, argument, text, why }) => [
        html`${code(address)}<small>${stack}</small>`,
        code(argument),
        html`${code(text)}<small>${why}</small>`,
      ]),
    ),
  );
}

function notReviewedSection({ notReviewed }: Review): Html {
  if (notReviewed.length === 0) return trusted('');
  return section(
    'Not reviewed',
    table(
      ['Part', 'Why'],
      notReviewed.map(({ stack, address, why }) => [html`${code(address)}<small>${stack}</small>`, why]),
    ),
  );
}
