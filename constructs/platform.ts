import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';
import type { CloudRunOptions } from './cloud-run-annotations.ts';
import type { RunIdentity } from './identity.ts';

/** What a platform is to run. */
export interface PlatformServiceProps
  extends Pick<CloudRunOptions, 'cpu' | 'memory' | 'minInstances' | 'maxInstances'> {
  readonly name: string;
  readonly image: string;
  readonly identity: RunIdentity;
  readonly environment: Readonly<Record<string, string>>;
  /** What the first instance needs in order to start. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Where a service runs when it is not Cloud Run: a namespace of `GkePlatform`. */
export interface Platform {
  /** Adds the service to a scope. @returns the address at which it is reached */
  addService(scope: Construct, id: string, props: PlatformServiceProps): { readonly url: string };
}
