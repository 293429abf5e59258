/**
 * Licences of packages that may be in the image, by SPDX identifier (https://spdx.org/licenses): those that ask for no
 * more than that their text comes along.
 */
export const ALLOWED_LICENCES: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
];

/** A licence as CycloneDX writes it: an identifier, a name where there is none, or an expression. */
interface Licence {
  readonly license?: {
    readonly id?: string;
    readonly name?: string;
    readonly text?: { readonly content: string; readonly encoding?: 'base64' };
  };
  readonly expression?: string;
}

/** A package in the bundle, https://cyclonedx.org/docs/1.6/json/#components. */
interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly Licence[];
  /** The licence files that the package holds. */
  readonly evidence?: { readonly licenses?: readonly Licence[] };
}

/** A software bill of materials, as far as it is looked at here (https://cyclonedx.org/docs/1.6/json/). */
export interface BillOfMaterials {
  readonly components: readonly Component[];
}

/** Packages with a licence that is not allowed; the message lists all of them. */
export class LicenceError extends Error {
  override readonly name = 'LicenceError';
}

/**
 * Refuses packages whose licences are not all allowed. An expression such as `MIT OR GPL-3.0-only` is not taken apart:
 * choosing is for people.
 *
 * @throws LicenceError
 */
export function requireAllowedLicences({ components }: BillOfMaterials): void {
  const problems = components.flatMap((component) => {
    const refused = licencesOf(component).filter((licence) => !ALLOWED_LICENCES.includes(licence));
    return refused.length === 0 ? [] : [`  - ${nameOf(component)}: ${refused.join(', ')}\n`];
  });
  if (problems.length === 0) return;
  throw new LicenceError(
    `Packages in the image have licences that are not allowed:\n${problems.join('')}` +
      `Allowed: ${ALLOWED_LICENCES.join(', ')}.\n` +
      'Fix: use another package, or have the licence accepted and add it to scripts/bundle/licences.ts.',
  );
}

/** The texts of all licences, to go along with the bundle as the licences ask. */
export function thirdPartyNotices({ components }: BillOfMaterials): string {
  const notices = components.map((component) => {
    const texts = (component.evidence?.licenses ?? []).map(textOf);
    const noText = 'The package holds no licence file.';
    return `${nameOf(component)}\nLicence: ${licencesOf(component).join(', ')}\n\n${texts.join('\n\n') || noText}\n`;
  });
  return `The service's bundle contains the following packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The bill without the texts of the licences, which go into a file of their own. */
export function withoutTexts<Bill extends BillOfMaterials>(bill: Bill): Bill {
  return { ...bill, components: bill.components.map(({ evidence: _, ...component }) => component) };
}

function licencesOf({ licenses = [] }: Component): string[] {
  const names = licenses.map(({ license, expression }) => license?.id ?? license?.name ?? expression ?? '');
  return names.length === 0 ? ['none stated'] : names;
}

function textOf({ license }: Licence): string {
  const { content = '', encoding } = license?.text ?? {};
  return (encoding === 'base64' ? Buffer.from(content, 'base64').toString('utf8') : content).trim();
}

function nameOf({ group, name, version }: Component): string {
  return `${group ? `${group}/` : ''}${name}@${version}`;
}
