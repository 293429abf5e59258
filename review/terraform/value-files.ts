import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { evaluate } from './evaluate.ts';
import { JsonError, readJson } from './json.ts';
import { isMap, Unknown } from './values.ts';

/** Whether Terraform takes values of variables from a file of that name by itself. */
export function isValueFile(name: string): boolean {
  return /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/.test(name);
}

/**
 * Values of variables from the files beside a stack, in JSON or in HCL. Later ones win: those of every stack come
 * first, https://developer.hashicorp.com/terraform/language/values/variables#variable-definition-precedence.
 */
export function readValueFiles(files: readonly string[]): Record<string, unknown> {
  const order = (file: string) =>
    ['terraform.tfvars', 'terraform.tfvars.json'].indexOf(basename(file)) + 1 || files.length + 3;
  const sorted = files.toSorted((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  return Object.assign({}, ...sorted.map(readValues));
}

const NO_NAMES = {
  lookUp: () => ({ value: new Unknown('', 'a file of values refers to nothing'), used: 0 }),
};

/** The name under which a file stands that is not read: it may set any variable. */
export const UNREAD = '';

function readValues(file: string): Record<string, unknown> {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  try {
    // The file's lines are those of a map, the names before their values.
    const value = file.endsWith('.json') ? readJson(text).value : evaluate(`\${{\n${text}\n}}`, NO_NAMES);
    if (isMap(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  return { [UNREAD]: new Unknown('', `${basename(file)} is not read here, and may set it`) };
}
