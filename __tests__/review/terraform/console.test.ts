import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluate } from '../../../review/terraform/evaluate.ts';
import { Unknown, unknownIn } from '../../../review/terraform/values.ts';

/** What `terraform console` of that version answered, recorded; an error where it refused. */
const { answers } = JSON.parse(readFileSync(new URL('./console.json', import.meta.url), 'utf8')) as {
  readonly answers: Readonly<Record<string, { readonly value?: unknown; readonly error?: true }>>;
};

const scope = { lookUp: (name: string) => ({ value: new Unknown('', `there is no ${name}`), used: 0 }) };
const cases = Object.entries(answers).map(([expression, answer]) => ({ expression, ...answer }));
const known = cases.filter(({ expression }) => !unknownIn(evaluate(`\${${expression}}`, scope)));

test('most of what Terraform answers is worked out', () => {
  expect(cases.length).toBeGreaterThan(150);
  expect(known.length / cases.length).toBeGreaterThan(0.8);
});

test.each(known)('$expression is what Terraform makes of it', ({ expression, value, error }) => {
  // What Terraform refuses is never deployed.
  if (!error) expect(evaluate(`\${${expression}}`, scope)).toEqual(value);
});
