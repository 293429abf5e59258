import { resourceOf, type Sample } from '../sample.ts';
import type { PolicyCase } from './policy-case.ts';

const rename = (part: 'bucket' | 'identity' | 'keyRing' | 'service', argument: string, name: string) => {
  return (sample: Sample) => resourceOf(sample[part]).addOverride(argument, name);
};

const refused = (
  part: Parameters<typeof rename>[0],
  argument: string,
  name: string,
  allowed: string,
): PolicyCase => ({
  policy: 'names-within-limits',
  title: `a ${part} with the ${argument} ${name}`,
  change: rename(part, argument, name),
  found: [`${argument} is "${name}", allowed: ${allowed}`],
});

const idRule = 'lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen';

export const nameCases: readonly PolicyCase[] = [
  refused('service', 'name', 'a'.repeat(50), `1 to 49 ${idRule}`),
  refused('identity', 'account_id', 'short', `6 to 30 ${idRule}`),
  refused('identity', 'display_name', 'é'.repeat(51), 'up to 100 bytes of UTF-8'),
  refused('keyRing', 'name', 'a b', '1 to 63 letters, digits, underscores and hyphens'),
  {
    policy: 'names-within-limits',
    title: 'the longest name of a service',
    change: rename('service', 'name', 'a'.repeat(49)),
    found: [],
  },
  {
    policy: 'names-within-limits',
    title: 'a name that only the deployment tells',
    change: rename('bucket', 'name', `secrets-\${random_id.suffix.hex}`),
    found: [],
  },
];
