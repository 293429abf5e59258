import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import { Annotations, type TerraformStack } from 'cdktf';

/** Where a stack deploys to. */
export interface GoogleProjectProps {
  readonly projectId: string;
  /** The region of what names none. */
  readonly region: string;
  /**
   * Version of the Google provider, such as `7.45.0`. @default that which the package @cdktf/provider-google was made
   * from
   */
  readonly googleProviderVersion?: string;
  /** What whoever synthesizes is told about the stack. @default nothing */
  readonly warnings?: readonly string[];
}

/** Points everything in the stack at one project and region. */
export function useGoogleProject(stack: TerraformStack, props: GoogleProjectProps): void {
  new GoogleProvider(stack, 'google', { project: props.projectId, region: props.region });
  if (props.googleProviderVersion !== undefined) {
    stack.addOverride('terraform.required_providers.google.version', props.googleProviderVersion);
  }
  for (const warning of props.warnings ?? []) Annotations.of(stack).addWarning(warning);
}
