/**
 * A program that synthesizes with CDK Terrain, as in a project that has `"cdktf": "npm:cdktn@0.24.0"`: whoever asks for
 * cdktf, the provider's package too, gets cdktn.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^cdktf(?=$|\/)/, 'cdktn'), context),
});

const [ways = '', outdir = '', projectRoot = ''] = process.argv.slice(2);
const { synthesizeAsMain } = await import('./as-main.ts');
const contexts: Record<string, Record<string, unknown>> = JSON.parse(readFileSync(ways, 'utf8'));
for (const [name, context] of Object.entries(contexts)) {
  synthesizeAsMain(context, join(outdir, name.replaceAll(' ', '-')), projectRoot);
}
