import { commandsToSeeThem } from '../facts/beyond-stacks.ts';
import { runsAs } from '../facts/gke.ts';
import type { Because, Reader, Review, Secret } from '../facts/model.ts';
import { code, type Html, html, table, tag } from './html-elements.ts';
import { isReadByItsServicesOnly } from './summary.ts';
import { list, shortName } from './text.ts';
import { becauseText, conditionText, readerText, waysOf } from './wording.ts';

/** With more, a table holds the usual ones, and only the unusual have a card of their own. */
const MOST_CARDS = 4;

/** Who can read which secret, and why: the first thing in the report. */
export function secretsSection(review: Review): Html {
  const { secrets } = review;
  const isLong = secrets.length > MOST_CARDS;
  const cards = isLong ? secrets.filter((secret) => !isUsual(secret, review)) : secrets;
  return html`<section><h2>Who can read ${secrets.length === 1 ? 'the secret' : 'the secrets'}</h2>
${secrets.length === 0 ? html`<p>No service in these stacks names a secret.</p>` : ''}
${cards.map((secret) => secretCard(secret, review))}
${isLong ? secretsTable(review) : ''}
${beyondCard(review)}</section>`;
}

function isUsual(secret: Secret, review: Review): boolean {
  return (
    secret.readers.length === 1 && secret.halfway.length === 0 && isReadByItsServicesOnly(secret, review)
  );
}

function secretCard(secret: Secret, review: Review): Html {
  const { readers, halfway } = secret;
  return html`<div class="card">${secretFacts(secret)}
${readers.map((reader) => readerBlock(reader, secret, review))}
<p>${readers.length === 0 ? 'Nobody is granted both the object and the key.' : 'Nobody else is granted both by these stacks.'}</p>
${
  halfway.length === 0
    ? ''
    : html`<p class="soft">One half only, which reads nothing:</p>
<ul>${halfway.map((reader) => html`<li>${code(reader.principal)}: ${list(reader.ways.flat().map(becauseText))}</li>`)}</ul>`
}
</div>`;
}

function secretFacts({ object, key, services }: Secret): Html {
  const [bucket = '', name = ''] = object.split(/\/objects\/(.*)/s);
  return html`<dl><dt>Object</dt><dd>${code(name)} in bucket ${code(shortName(bucket))}</dd>
<dt>Encrypted with</dt><dd>${code(key)}</dd>
<dt>Used by</dt><dd>Cloud Run service ${list(services.map(shortName))}</dd></dl>`;
}

function readerBlock(reader: Reader, secret: Secret, review: Review): Html {
  const isOwn = review.services.some(
    (service) => runsAs(service, reader.principal) && secret.services.includes(service.name),
  );
  return html`<div class="reader"><div class="who">${code(reader.principal)} ${isOwn ? '' : tag('bad', 'not its own service')}</div>
<p class="soft">${readerText(reader, review)}</p>
${waysOf(reader).map((way) => html`<ol>${way.map((because) => becauseItem(because, reader))}</ol>`)}</div>`;
}

function becauseItem(because: Because, reader: Reader): Html {
  const who = because.principal === reader.principal ? 'It' : html`${code(because.principal)}`;
  return html`<li>${who} can <strong>${because.can}</strong>: ${code(because.role)} on ${because.resource.kind} ${code(because.resource.name)}${
    because.condition ? html`, ${conditionText(because.condition)}` : ''
  }. ${because.certain ? '' : tag('warning', 'possibly: not certain before deployment')}
<span class="soft">${because.reason ?? 'No reason is written down.'} From ${code(because.address)}.</span></li>`;
}

function secretsTable(review: Review): Html {
  const rows = review.secrets.map((secret) => [
    html`${shortName(secret.object)}<small>${secret.object}</small>`,
    html`${shortName(secret.key)}<small>${secret.key}</small>`,
    list(secret.services.map(shortName)),
    html`${secret.readers.map(({ principal }) => html`<div>${code(principal)}</div>`)}`,
  ]);
  return table(['Object', 'Key', 'Service', 'Can read it'], rows);
}

function beyondCard(review: Review): Html {
  const keys = review.secrets.map(({ key }) => key).slice(0, MOST_CARDS);
  return html`<div class="card beyond"><h3>Who else: not derivable from the synthesized stacks</h3>
<p>Roles on the project, its folders and its organization are inherited. Terraform does not see them, so this page names
the roles, not the people:</p>
<ul>${review.beyondStacks.map(
    ({ who, can, readsSecret }) =>
      html`<li>${readsSecret ? tag('warning', 'reads the secret') : tag('plain', 'ciphertext only')} <strong>${who}</strong> can ${can}</li>`,
  )}</ul>
<p>To see who they are:</p>
${commandsToSeeThem(review.projects, [...new Set(keys)]).map((command) => html`<pre>${code(command)}</pre>`)}</div>`;
}
