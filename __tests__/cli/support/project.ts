import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readStacks, type Stacks } from '../../../cli/local/stacks.ts';
import { synthesize } from '../../../cli/local/synthesize.ts';

/** Folder of the project under test. */
export const projectDirectory = path.resolve(import.meta.dirname, '..', '..', '..');

/** A schema of the tests' own, for SECRET_SCHEMA: whatever the project's service has made of its. */
export const sampleSchemaFile = path.join(projectDirectory, '__tests__', 'support', 'schema.json');

/** A new empty folder; the caller removes it. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'cloud-run-identity-test-'));
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** Bytes that a policy does not take for text in clear. */
export const CIPHERTEXT: Uint8Array = Buffer.from('0a24001f8b5c', 'hex');

/** Really synthesizes the project's stacks into a folder, with an encrypted file of these bytes beside them. */
export async function synthesizeProject(
  directory: string,
  {
    ciphertext = CIPHERTEXT,
    environment = {},
  }: {
    ciphertext?: Uint8Array;
    environment?: Record<string, string>;
  } = {},
): Promise<Stacks> {
  const file = path.join(directory, 'config.enc');
  await writeFile(file, ciphertext);
  const stacks = await synthesize({
    projectDirectory,
    outputDirectory: path.join(directory, 'cdktf.out'),
    environment: {
      ...process.env,
      ENCRYPTED_CONFIG_FILE: path.relative(projectDirectory, file),
      ...environment,
    },
  });
  return readStacks(stacks);
}

/** Writes a container's program: answers 200 to everything, or leaves at once with exit code 3. */
export async function writeContainer(directory: string, kind: 'serving' | 'failing'): Promise<string> {
  const program = {
    serving:
      "import { createServer } from 'node:http'; createServer((_, r) => r.end('served')).listen(process.env.PORT);",
    failing: 'process.exit(3);',
  };
  const file = path.join(directory, `${kind}.mjs`);
  await writeFile(file, program[kind]);
  return file;
}
