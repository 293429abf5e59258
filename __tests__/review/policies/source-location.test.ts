import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { expect, test } from 'vitest';
import { ImageRepository } from '../../../constructs/image-repository.ts';
import { sourceLocator } from '../../../review/policies/source-location.ts';

const constructs = resolve(import.meta.dirname, '../../../constructs');

test('the file of every construct has the name of its class', () => {
  const files = readdirSync(constructs, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(constructs, file), 'utf8');
      const classes = source.matchAll(/^export class (\w+) extends (?:Construct|TerraformStack) /gm);
      return [...classes].map(([, name = '']) => [basename(file, '.ts'), name] as const);
    });
  expect(names.length).toBeGreaterThan(5);
  for (const [file, name] of names) {
    expect(file).toBe(name.replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase());
  }
});

test('a construct is where its scope makes it, a stack of no file here at main.ts', () => {
  const stack = new TerraformStack(new App({ outdir: '.' }), 'test');
  const props = { name: 'images', location: 'us-central1', description: 'Images' };
  const repository = new ImageRepository(stack, 'images', props);
  const locate = sourceLocator();
  expect(locate(stack)).toEqual({ file: 'main.ts', line: 1 });

  const { file, line } = locate(repository.node.findChild('Default'));
  expect(file).toBe('constructs/image-repository.ts');
  const lines = readFileSync(join(constructs, 'image-repository.ts'), 'utf8').split('\n');
  expect(lines[line - 1]).toContain("new ArtifactRegistryRepository(this, 'Default'");
  expect(lines[locate(repository).line - 1]).toContain('class ImageRepository ');
});
