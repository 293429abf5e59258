import { fileURLToPath } from 'node:url';
import { foundationStack, serviceStack } from './stacks.ts';

/** One golden file: where it is, and what it should hold now. */
export interface Golden {
  readonly path: string;
  readonly text: string;
}

/** The golden file of each stack, of a project named my-project, otherwise with the default settings. */
export function goldens(): Golden[] {
  return [
    golden('cloud-run-identity-foundation', foundationStack().json),
    golden('cloud-run-identity', serviceStack().json),
  ];
}

function golden(stack: string, json: unknown): Golden {
  const path = fileURLToPath(new URL(`../../golden/${stack}.json`, import.meta.url));
  return { path, text: `${JSON.stringify(json, null, 2)}\n` };
}
