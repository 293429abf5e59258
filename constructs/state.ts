import { GcsBackend, LocalBackend, type TerraformStack } from 'cdktf';

/** Where the stacks' states are kept. */
export interface StateProps {
  /** Absolute paths of files on this machine; they override the bucket. @default none */
  readonly stateFiles?: { readonly foundation: string; readonly service: string };
  /** @default none: a file beside cdktf.json */
  readonly stateBucket?: string;
  /** Where in the bucket; needed with it. */
  readonly statePrefix?: string;
}

/**
 * Keeps the stack's state in the bucket that the settings name, so that a team shares it and Terraform locks it:
 * https://developer.hashicorp.com/terraform/language/backend/gcs. Else it is a file on this machine.
 */
export function keepState(
  stack: TerraformStack,
  kind: 'foundation' | 'service',
  { stateFiles, stateBucket, statePrefix }: StateProps,
): void {
  if (stateFiles !== undefined) new LocalBackend(stack, { path: stateFiles[kind] });
  else if (stateBucket !== undefined) {
    // The stacks share the prefix, and a state file holds one of them.
    new GcsBackend(stack, { bucket: stateBucket, prefix: `${statePrefix}/${stack.node.id}` });
  }
}
