import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { testCompileCache } from '../../support/compile-cache.ts';

const projectRoot = resolve(import.meta.dirname, '../../..');

/** A fresh clone as far as synthesis goes, in a folder of its own and with an empty home beside it. */
export interface ProjectCopy {
  readonly directory: string;
  /** A new folder for output, outside the copy. */
  readonly output: string;
  /** An environment without anything of this process but the way to its Node. */
  readonly environment: Record<string, string>;
  remove(): void;
}

/** Copies what `cdktf synth` reads; the installed packages are linked. */
export function copyProject(): ProjectCopy {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'project-copy-')));
  const directory = join(root, 'project');
  for (const name of [
    'main.ts',
    'runtime.js',
    'settings',
    'constructs',
    'review',
    'cdktf.json',
    'package.json',
  ]) {
    cpSync(join(projectRoot, name), join(directory, name), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(directory, 'node_modules'), 'junction');
  const home = mkdtempSync(join(root, 'home-'));
  return {
    directory,
    output: join(root, 'out'),
    environment: {
      ...systemEnvironment(),
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: home,
      USERPROFILE: home,
      CHECKPOINT_DISABLE: '1',
      NODE_COMPILE_CACHE: testCompileCache,
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Windows starts no process without these. */
function systemEnvironment(): Record<string, string> {
  const names = ['SystemRoot', 'ComSpec', 'PATHEXT', 'TEMP', 'TMP'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
