import { existsSync } from 'node:fs';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The programs that may deploy, best first: that of TERRAFORM_BINARY_NAME alone, as cdktf takes it; else either product. */
export function terraformNames({
  TERRAFORM_BINARY_NAME: named,
}: Environment): readonly [string, ...string[]] {
  return named ? [named] : ['terraform', 'tofu'];
}

/** The name of that program for a command to paste: the first that is on the PATH, else the first. */
export function terraformName(environment: Environment): string {
  const names = terraformNames(environment);
  const folders = (environment.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const isThere = (name: string) => folders.some((folder) => existsSync(path.join(folder, name)));
  return names.find(isThere) ?? names[0];
}
