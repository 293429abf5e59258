import { relative, resolve, sep } from 'node:path';
import { withoutCredentials } from '../policies/credentials.ts';
import { accessOf, grantedOn } from './access.ts';
import { BEYOND_STACKS } from './beyond-stacks.ts';
import { exposureOf } from './exposure.ts';
import { isFollowed } from './grant-targets.ts';
import { lifecycleOf } from './lifecycle.ts';
import type {
  DeployedResource,
  NotReviewed,
  Review,
  ReviewedPolicy,
  ReviewedSetting,
  Target,
} from './model.ts';
import { compareText, type ReviewedResource, type ReviewedStack } from './resources.ts';
import { secretsOf } from './secrets.ts';
import { servicesOf } from './services.ts';
import { targetOf } from './targets.ts';

/** What a review is made of. */
export interface ReviewInput {
  /** What {@link stacksOf} gives of the app. */
  readonly stacks: readonly ReviewedStack[];
  /** What {@link resourcesOf} gives of them. */
  readonly resources: readonly ReviewedResource[];
  readonly settings: readonly ReviewedSetting[];
  readonly policies: readonly ReviewedPolicy[];
  /** The CDK's output folder. */
  readonly outdir: string;
  /** Absolute path that local files are named from. */
  readonly projectRoot: string;
}

/**
 * Reads the review out of an app: nothing in it is written down a second time.
 */
export function reviewOf(input: ReviewInput): Review {
  const { stacks, resources } = input;
  const services = servicesOf(resources);
  const access = accessOf(resources);
  const projects = new Set(resources.flatMap(({ project }) => (project === undefined ? [] : [project])));
  return {
    schemaVersion: 1,
    projects: [...projects].sort(compareText),
    stacks: stacks.map(({ stack }) => stack.node.id),
    secrets: secretsOf(services, access),
    beyondStacks: BEYOND_STACKS,
    services,
    access,
    exposure: exposureOf(resources, services, access),
    lifecycle: lifecycleOf(resources),
    existing: existingTargets(resources, [...access.map(({ resource }) => resource), ...keysOf(services)]),
    settings: input.settings,
    policies: input.policies,
    notReviewed: [...stacks.flatMap(modulesOf), ...resources.flatMap(notUnderstood)],
    resources: resources.map((resource) => deployed(resource, input)),
  };
}

function keysOf(services: Review['services']): Target[] {
  return services.flatMap(({ secret }) => (secret ? [{ kind: 'key', name: secret.key }] : []));
}

function existingTargets(resources: readonly ReviewedResource[], used: readonly Target[]): Target[] {
  const made = new Set(resources.map((resource) => targetOf(resource).name));
  const others = new Map(used.filter(({ name }) => !made.has(name)).map((target) => [target.name, target]));
  return [...others.values()].sort((a, b) => compareText(a.name, b.name));
}

/** Types whose meaning for access is known: those that are read above, and those that give none. */
const UNDERSTOOD = new Set([
  'docker_image',
  'docker_registry_image',
  'google_artifact_registry_repository',
  'google_cloud_run_service',
  'google_kms_crypto_key',
  'google_kms_key_ring',
  'google_logging_metric',
  'google_monitoring_alert_policy',
  'google_project_iam_audit_config',
  'google_project_service',
  'google_project_service_identity',
  'google_service_account',
  'google_storage_bucket',
  'google_storage_bucket_object',
]);

function notUnderstood(resource: ReviewedResource): NotReviewed[] {
  const { type, stack, address, path } = resource;
  const base = grantedOn(resource);
  if (UNDERSTOOD.has(type) || (base !== undefined && isFollowed(base))) return [];
  const why =
    base === undefined
      ? `This review does not know what access ${type} gives.`
      : `The grant is in the access matrix, but not followed to the secrets behind ${base}.`;
  return [{ stack, address, path, why }];
}

function modulesOf({ stack, json }: ReviewedStack): NotReviewed[] {
  return Object.keys(json.module ?? {}).map((name) => ({
    stack: stack.node.id,
    address: `module.${name}`,
    path: stack.node.path,
    why: 'The resources of a module are not in the synthesized Terraform.',
  }));
}

/** Local files are named from the project's root, so that two output folders can be compared. */
function deployed(resource: ReviewedResource, { outdir, projectRoot }: ReviewInput): DeployedResource {
  const { stack, address, path, type, known } = resource;
  const module = resolve(outdir, 'stacks', stack);
  const inModule = /^\$\{path\.module\}\/(.*)$/s;
  const args = Object.entries(withoutCredentials(known) as typeof known).map(([name, value]) => {
    const file = typeof value === 'string' ? inModule.exec(value)?.[1] : undefined;
    return [
      name,
      file === undefined ? value : relative(projectRoot, resolve(module, file)).split(sep).join('/'),
    ];
  });
  return { stack, address, path, type, arguments: Object.fromEntries(args) };
}
