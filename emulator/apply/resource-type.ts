import type { Static, TSchema } from 'typebox';
import Schema from 'typebox/schema';
import type { GoogleApi } from './api.ts';

/** What other resources and outputs can refer to, named as the provider names them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Everything besides its own arguments that applying a resource needs. */
export interface ResourceContext {
  readonly api: GoogleApi;
  /** The API server of the local GKE. */
  readonly kubernetes: () => Promise<GoogleApi>;
  /** The provider's project, for resources that name none of their own. */
  readonly project: string;
  /** `lifecycle { ignore_changes = … }`: with `all`, what exists is left as it is; else these arguments of it are. */
  readonly ignoreChanges: 'all' | readonly string[];
}

/** One resource type of the Google provider. */
export interface ResourceType<S extends TSchema = TSchema> {
  /** Exactly the arguments that `apply` carries to the API; whatever else is configured is refused. */
  readonly arguments: S;
  /**
   * Brings the resource to its configured state: creates it, or reads and updates what exists.
   *
   * @returns its attributes
   * @throws GoogleApiError, or Error when what exists cannot be changed into what is configured
   */
  apply(args: Static<S>, context: ResourceContext): Promise<Attributes>;
}

/** Declares a resource type, so that `apply` knows the types of its arguments. */
export function resourceType<S extends TSchema>(type: ResourceType<S>): ResourceType {
  // Callers check a resource's arguments against the schema before they apply it.
  return type as unknown as ResourceType;
}

/** One sentence for every argument that the type does not know, lacks, or has with a wrong type. */
export function argumentProblems(address: string, type: ResourceType, args: unknown): string[] {
  const [, errors] = Schema.Errors(type.arguments, args);
  return errors.flatMap((error) => {
    const at = [address, ...error.instancePath.split('/').slice(1)].join('.');
    const { additionalProperties, requiredProperties } = error.params as {
      additionalProperties?: string[];
      requiredProperties?: string[];
    };
    if (error.keyword === 'boolean') return [];
    if (additionalProperties) return additionalProperties.map((name) => `${at}.${name}: unknown argument`);
    if (requiredProperties) return requiredProperties.map((name) => `${at}.${name}: missing argument`);
    return [`${at}: ${error.message}`];
  });
}

/** The label that the provider puts on everything that can have labels (attribute add_terraform_attribution_label). */
export function withAttribution(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...labels, 'goog-terraform-provisioned': 'true' };
}

/** @throws Error that names the argument, when what exists has another value there and the API cannot change it */
export function assertSame(argument: string, actual: unknown, wanted: unknown): void {
  if (actual !== wanted) {
    throw new Error(
      `it exists with ${argument} ${actual}, which cannot be changed to ${wanted}; delete it first`,
    );
  }
}
