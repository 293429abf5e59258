import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '..', '..', 'examples', 'ci');

/** Files of examples/ci. */
export const pipelines: readonly string[] = readdirSync(folder);

/**
 * Every `npx cloud-run-identity …` of the pipelines as file and arguments, without what the shell makes of its output.
 */
export function pipelineCommands(): readonly (readonly [file: string, args: string])[] {
  return pipelines.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/npx cloud-run-identity ([^\n&|>')]*)/g)].map(
      ([, args = '']) => [file, args.trim().replace(/ 2?$/, '')] as const,
    ),
  );
}
