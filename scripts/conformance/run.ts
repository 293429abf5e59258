import { ASSUMPTIONS } from './assumptions.ts';
import { type Cloud, namesOf, prepare, remove } from './place.ts';

/** What a cloud did, by the ids of the assumptions. */
export interface Observed {
  readonly seen: ReadonlyMap<string, string>;
  /** What could not be removed. */
  readonly left: readonly string[];
}

/** Walks through everything that can be looked at, in a bucket, key and account of its own, and removes them. */
export async function observe(cloud: Cloud): Promise<Observed> {
  const names = namesOf(cloud.projectId);
  const seen = new Map<string, string>();
  let left: string[] = [];
  try {
    await prepare(cloud, names);
    for (const { id, look } of ASSUMPTIONS) {
      if (!look) continue;
      const saw = await look(cloud, names).catch((error: Error) => `failed: ${error.message}`);
      seen.set(id, redacted(saw, cloud, names.id));
    }
  } finally {
    left = await remove(cloud, names);
  }
  return { seen, left };
}

/** A report names neither the project nor who made it. */
function redacted(text: string, { projectId }: Cloud, id: string): string {
  return text
    .replaceAll(projectId, 'PROJECT')
    .replaceAll(id, 'ID')
    .replace(/[\w.+-]+@[\w.-]+\.\w+/g, 'EMAIL')
    .replace(/\b\d{10,}\b/g, 'NUMBER')
    .replace(/ya29\.[\w.-]+|eyJ[\w.-]+/g, 'TOKEN');
}

/** The report: what Google did, what the local cloud does, and where they differ. */
export function report(google: Observed, local: Observed): string {
  const rows = ASSUMPTIONS.map(({ id, look }) => {
    if (!look) return `| ${id} | not tried | | |`;
    const [there = '', here = ''] = [google.seen.get(id), local.seen.get(id)];
    return `| ${id} | ${cell(there)} | ${cell(here)} | ${there === here ? 'yes' : '**no**'} |`;
  });
  const rest =
    google.left.length === 0 ? 'nothing but the key ring and a key without versions' : google.left.length;
  return `# Conformance\n\n| assumption | Google | local cloud | same |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n\nLeft behind: ${rest}.\n`;
}

/** docs/assumptions.md. */
export function assumptionsPage(): string {
  const items = ASSUMPTIONS.map(
    ({ id, says, source, whenWrong, look }) =>
      `## ${id}\n\n${says} (<${source}>)\n\nWhen that is wrong: ${whenWrong}\n\n${look ? 'The conformance run looks.' : 'The conformance run does not look.'}\n`,
  );
  return `# What is assumed of Google\n\nThis project was not run on Google by its authors. What it takes for true of Google is here, with where that is said and what happens when it is wrong. \`npm run conformance -- --project PROJECT\` looks on a project of yours, in a bucket, key and service account of its own that it removes, compares with what the local cloud answers, and writes \`conformance.md\`: without names, so that it can be sent. A key ring and a key cannot be removed, by nobody; the key's versions are destroyed. It deploys no service.\n\nMade by \`npm run golden\` of the list that the run goes through.\n\n${items.join('\n')}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
