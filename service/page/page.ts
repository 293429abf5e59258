import {
  type JsonSchema,
  type KeyAge,
  keyAges,
  type Leaf,
  type LoadedSecret,
  leavesOf,
  objectUrl,
  type SecretStatus,
} from '@cloud-run-identity/secrets';
import type { PageValues } from '../environment.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';

/** What the page is made from. */
export interface PageContent {
  readonly loaded: LoadedSecret;
  /** When the value was last seen to be the newest, and when that is looked for again. */
  readonly looks: Looks;
  /** What the value was checked with. */
  readonly schema: JsonSchema;
  readonly pageValues: PageValues;
  /** Names of the Cloud Run service and revision, when it runs there. */
  readonly service: string | undefined;
  readonly revision: string | undefined;
  /** Email of the service account that the service runs as. */
  readonly email: string | undefined;
}

/** Times of looks, to the minute: a page is made anew when one of them is another. */
export interface Looks {
  readonly confirmed: string | undefined;
  readonly next: string | undefined;
}

/** The times of the looks of a secret. */
export function looksOf({ secondsSinceConfirmed, secondsToNextLook }: SecretStatus, now = Date.now()): Looks {
  const at = (seconds: number | undefined) =>
    // Until the first look is planned there is no time of it.
    seconds !== undefined && Number.isFinite(seconds)
      ? `${new Date(now + seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
      : undefined;
  return {
    confirmed: at(secondsSinceConfirmed && -secondsSinceConfirmed),
    next: secondsToNextLook === 0 ? 'now' : at(secondsToNextLook),
  };
}

// As long for every value: a mask must not tell the length.
const mask = html`<span class="masked" role="img" aria-label="masked">••••••••</span>`;

const maskNote: Readonly<Record<PageValues, string>> = {
  masked: 'Secrets are masked.',
  hidden: 'Every value is masked, because anyone may open this page.',
  revealed: 'All values are shown, because the deployment asks for it.',
};

/** The page of the service: the decrypted config, masked as configured, and where it comes from. */
export function renderPage(content: PageContent): string {
  const { service = 'Service', email = 'an account that its credentials do not name' } = content;
  return layout(
    service,
    html`<header>
      <p class="state">Config loaded</p>
      <h1>${service}</h1>
      <p>The values below were decrypted as this service’s own identity, and are kept in memory only.</p>
    </header>
    <section aria-labelledby="values">
      <h2 id="values">Decrypted config</h2>
      <table class="values">${leavesOf(content.loaded.value, content.schema).map((leaf) => valueRow(leaf, content))}</table>
    </section>
    ${ageSection(content)}
    <section aria-labelledby="origin">
      <h2 id="origin">Where it comes from</h2>
      <table class="facts">
        ${factRow('Runs as', resourceName(email))}
        ${originRows(content)}
      </table>
    </section>
    <footer>${maskNote[content.pageValues]}</footer>`,
  );
}

function valueRow({ path, value, isSecret }: Leaf, { pageValues }: PageContent): Html {
  const isMasked = pageValues === 'hidden' || (pageValues === 'masked' && isSecret);
  return html`<tr><th scope="row">${path.join('.')}</th><td>${isMasked ? mask : String(value)}</td></tr>`;
}

/** How old the values are of which the schema says how old they may get; by days, as the page is made once a day. */
function ageSection({ loaded, schema }: PageContent): Html[] {
  const ages = keyAges(schema, loaded.keysChanged);
  if (ages.length === 0) return [];
  return [
    html`<section aria-labelledby="ages">
      <h2 id="ages">Age of the values</h2>
      <table class="facts">${ages.map((age) => factRow(age.pointer.slice(1).replaceAll('/', '.') || 'All', ageText(age)))}</table>
    </section>`,
  ];
}

function ageText({ changed, maxAgeSeconds, state }: KeyAge): Html {
  if (changed === undefined) return html`Unknown<small>Nobody noted when it last changed.</small>`;
  const due = new Date(Date.parse(changed) + maxAgeSeconds * 1000).toISOString().slice(0, 10);
  const isOverdue = state === 'overdue';
  return html`Changed ${changed.slice(0, 10)}<small>${isOverdue ? `Overdue since ${due}` : `To be changed by ${due}`}</small>`;
}

function originRows({ loaded, looks, revision }: PageContent): Html[] {
  const { bucket, object, key } = loaded.reference;
  const version = loaded.keyVersion?.startsWith(`${key}/cryptoKeyVersions/`)
    ? `Version ${loaded.keyVersion.slice(loaded.keyVersion.lastIndexOf('/') + 1)}`
    : 'A version that the object does not name';
  const primary = loaded.usedPrimary
    ? 'the key’s primary version'
    : 'not the primary version: the key was rotated since';
  const time = loaded.loadedAt.toISOString();
  return [
    factRow(
      'Object',
      html`${resourceName(objectUrl(bucket, object))}<small>Generation ${loaded.generation}</small>`,
    ),
    factRow('Key', html`${resourceName(key)}<small>${version}, ${primary}</small>`),
    factRow('Loaded', html`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`),
    factRow(
      'Confirmed',
      html`${looks.confirmed ?? 'Not yet'}<small>Next look ${looks.next ?? 'not planned yet'}</small>`,
    ),
    ...(revision === undefined ? [] : [factRow('Revision', resourceName(revision))]),
  ];
}

function factRow(name: string, value: Html): Html {
  return html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`;
}

// Lines break behind a slash or an @ where they can, not in the middle of a name.
function resourceName(name: string): Html {
  return html`<code>${name.split(/(?<=@|[^:/]\/)/).map((part) => html`<span>${part}</span>`)}</code>`;
}
