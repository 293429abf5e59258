import { type App, TerraformElement, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { resolverOf } from '../terraform/references.ts';

/** One resource of one stack, as it was synthesized. */
export interface ReviewedResource {
  /** Id of the stack. */
  readonly stack: string;
  /** As Terraform names it inside its stack, e.g. `google_storage_bucket.bucket`. */
  readonly address: string;
  /** E.g. `google_storage_bucket`. */
  readonly type: string;
  /** Path of the construct, e.g. `cloud-run-identity/bucket/Default`. */
  readonly path: string;
  /** The project that it belongs to: its own argument, else the provider's; undefined when neither says. */
  readonly project: string | undefined;
  /** As in the synthesized JSON, references to other resources included, without the CDK's metadata. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The same with every reference replaced by what is known of it before deployment. */
  readonly known: Readonly<Record<string, unknown>>;
  /** What made it; the stack itself for a resource that was written as an override of the stack. */
  readonly construct: Construct;
}

/** What Terraform's JSON syntax says of one stack, as far as it matters here. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly provider?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly module?: Readonly<Record<string, unknown>>;
}

/** A stack with what it deploys. */
export interface ReviewedStack {
  readonly stack: TerraformStack;
  readonly json: StackJson;
}

/** The stacks of an app, by id. The CDK makes their JSON anew, a good part of a synthesis: ask once. */
export function stacksOf(app: App): ReviewedStack[] {
  return app.node
    .findAll()
    .filter((construct) => TerraformStack.isStack(construct))
    .sort((a, b) => compareText(a.node.id, b.node.id))
    .map((stack) => ({ stack, json: stack.toTerraform() as StackJson }));
}

/** Every resource of one stack, by address. Overrides count: nothing that is deployed is left out. */
export function resourcesOf({ stack, json }: ReviewedStack): ReviewedResource[] {
  const constructs = constructsByAddress(stack);
  const resources = Object.entries(json.resource ?? {}).flatMap(([type, named]) =>
    Object.entries(named).map(([name, { '//': _metadata, ...args }]) => {
      const address = `${type}.${name}`;
      const construct = constructs.get(address) ?? stack;
      const project = projectOf(type, args, json);
      return {
        stack: stack.node.id,
        address,
        type,
        path: construct.node.path,
        project,
        arguments: args,
        construct,
      };
    }),
  );
  const resolve = resolverOf(resources);
  return resources
    .map((resource) => ({ ...resource, known: resolve(resource.arguments) as Record<string, unknown> }))
    .sort((a, b) => compareText(a.address, b.address));
}

/** Order of texts that is the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function constructsByAddress(stack: TerraformStack): Map<string, Construct> {
  const elements = stack.node.findAll().filter((construct) => TerraformElement.isTerraformElement(construct));
  return new Map(
    elements.flatMap((element) =>
      'terraformResourceType' in element
        ? [[`${element.terraformResourceType}.${element.friendlyUniqueId}`, element] as const]
        : [],
    ),
  );
}

function projectOf(
  type: string,
  args: Readonly<Record<string, unknown>>,
  { provider = {} }: StackJson,
): string | undefined {
  if (typeof args.project === 'string') return args.project;
  const [name = type.split('_')[0] ?? '', alias] =
    typeof args.provider === 'string' ? args.provider.split('.') : [];
  const configuration = provider[name]?.find((candidate) => candidate.alias === alias);
  return typeof configuration?.project === 'string' ? configuration.project : undefined;
}
