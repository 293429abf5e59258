import { join } from 'node:path';
import { GcsBackend, LocalBackend, type TerraformStack } from 'cdktf';

/** Where a stack's state is kept. */
export interface StateProps {
  /** Absolute path of a folder. It goes before the bucket. @default none */
  readonly stateDirectory?: string;
  /** @default none: a file beside cdktf.json */
  readonly stateBucket?: string;
  /** Where in the bucket; needed with it. */
  readonly statePrefix?: string;
}

/**
 * Keeps the stack's state in the bucket that the settings name, so that a team shares it and Terraform locks it:
 * https://developer.hashicorp.com/terraform/language/backend/gcs. Without one it is a file on this machine. A folder
 * goes before the bucket: it is how a deployment to a local cloud leaves the real state alone.
 */
export function keepState(
  stack: TerraformStack,
  { stateDirectory, stateBucket, statePrefix }: StateProps,
): void {
  if (stateDirectory !== undefined) {
    new LocalBackend(stack, { path: join(stateDirectory, `terraform.${stack.node.id}.tfstate`) });
    return;
  }
  if (stateBucket === undefined) return;
  // The stacks share the prefix, and a state file holds one of them.
  new GcsBackend(stack, { bucket: stateBucket, prefix: `${statePrefix}/${stack.node.id}` });
}
