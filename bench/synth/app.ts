import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { withFolder } from '../support/folder.ts';
import { duration, ROOT } from '../support/process.ts';

/**
 * One run of the command of cdktf.json as cdktf-cli starts it: from the start of the process to its end, stacks and
 * review written into an empty folder.
 *
 * @param services how many; 1 is the project as it is, without any setting
 * @param environment variables besides those that cdktf-cli sets
 * @returns milliseconds
 */
export function runApp(services = 1, environment: Readonly<Record<string, string>> = {}): Promise<number> {
  const { app } = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8')) as { app: string };
  const [, ...args] = app.split(' ');
  const context = services === 1 ? {} : { projectId: 'my-project', services: serviceList(services) };
  return withFolder((outdir) =>
    duration(args, {
      CDKTF_OUTDIR: outdir,
      CDKTF_CONTEXT_JSON: JSON.stringify(context),
      ...environment,
    }),
  );
}

/** One run of `cdktf synth`: its own start, then the app. @returns milliseconds */
export function runCdktfSynth(): Promise<number> {
  return withFolder((outdir) =>
    duration([join(ROOT, 'node_modules/cdktf-cli/bundle/bin/cdktf.js'), 'synth', '--output', outdir], {
      // cdktf-cli takes the first `node` for the app.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    }),
  );
}

function serviceList(services: number) {
  return Array.from({ length: services }, (_, index) => ({ name: `service-${index + 1}` }));
}
