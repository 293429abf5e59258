import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** A file as Terraform sees it from the stack's folder, so that the same synthesis works on every machine. */
export function pathFromModule(scope: Construct, file: string): string {
  const stack = TerraformStack.of(scope);
  // Terraform's `..` leaves the real folder, not the symbolic link that the output folder may be behind.
  const outdir = realpathSync(App.of(scope).outdir);
  const path = relative(join(outdir, 'stacks', stack.node.id), file);
  const forwardSlashes = path.split(sep).join('/');
  // On Windows there is no relative path from one drive to another.
  return isAbsolute(path) ? forwardSlashes : `\${path.module}/${forwardSlashes}`;
}
