import { isMap, isUnknown, leavesOf } from '../terraform/values.ts';
import { grantedOn } from './access.ts';
import { text } from './blocks.ts';
import { isFollowed, targetArgument } from './grant-targets.ts';
import type { ReviewedBlock } from './resources.ts';

/**
 * What this review knows of an argument. `followed`: it decides about access, and the facts say how. `weighty`: it may
 * widen access in a way that no fact tells, so every change of it does. `image`: it names an image; one by a digest in
 * the place of another of the same name is a release. `guard`: it keeps watch, so it may be added, but not changed or
 * taken away unseen. `harmless`: it decides about no access.
 */
export type Weight = 'followed' | 'weighty' | 'image' | 'guard' | 'harmless';

/** The arguments of one type by weight: each stands for itself and everything below it, the longest one counts. */
type Arguments = Readonly<Record<Weight, string>>;

const terms = (names: Partial<Arguments>): ReadonlyMap<string, Weight> =>
  new Map(
    Object.entries(names).flatMap(([weight, all]) =>
      all
        .split(' ')
        .filter((name) => name !== '')
        .map((name) => [name, weight as Weight] as const),
    ),
  );

const SPEC = 'template.spec';
const CONTAINERS = `${SPEC}.containers`;
const SPEC_OF_PODS = 'spec.template.spec';
const below = (prefix: string, names: string) =>
  names
    .split(' ')
    .map((name) => `${prefix}.${name}`)
    .join(' ');

/**
 * Types whose every argument here is understood; those that are missing here are not. Written after each type's page
 * below https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs/resources.
 */
const RESOURCES: Readonly<Record<string, ReadonlyMap<string, Weight>>> = {
  docker_image: terms({
    image: 'name',
    weighty: 'build force_remove platform',
    harmless: 'keep_locally triggers',
  }),
  docker_registry_image: terms({
    image: 'name',
    weighty: 'insecure_skip_verify',
    harmless: 'keep_remotely triggers',
  }),
  google_artifact_registry_repository: terms({
    followed: 'location project repository_id',
    weighty: 'cleanup_policies docker_config format kms_key_name mode',
    harmless: 'cleanup_policy_dry_run description labels',
  }),
  google_cloud_run_service: terms({
    image: `${CONTAINERS}.image`,
    followed: `location name project ${SPEC}.service_account_name ${CONTAINERS}.env.PAGE_VALUES ${below(
      'metadata.annotations',
      'run.googleapis.com/ingress run.googleapis.com/invoker-iam-disabled',
    )}`,
    weighty: `traffic ${below(
      'metadata.annotations',
      'run.googleapis.com/binary-authorization run.googleapis.com/binary-authorization-breakglass run.googleapis.com/custom-audiences run.googleapis.com/launch-stage',
    )} ${below(
      'template.metadata.annotations',
      'run.googleapis.com/cloudsql-instances run.googleapis.com/encryption-key run.googleapis.com/network-interfaces run.googleapis.com/vpc-access-connector run.googleapis.com/vpc-access-egress',
    )} ${below(CONTAINERS, 'args command env name ports startup_probe liveness_probe working_dir')}`,
    harmless: `autogenerate_revision_name metadata.labels template.metadata.labels ${SPEC}.container_concurrency ${SPEC}.timeout_seconds ${below(
      'metadata.annotations',
      'run.googleapis.com/maxScale run.googleapis.com/minScale run.googleapis.com/description',
    )} ${below(
      'template.metadata.annotations',
      'autoscaling.knative.dev/maxScale autoscaling.knative.dev/minScale run.googleapis.com/cpu-throttling run.googleapis.com/execution-environment run.googleapis.com/sessionAffinity run.googleapis.com/startup-cpu-boost',
    )} ${below(CONTAINERS, 'env.LOG_LEVEL env.RELOAD_SECONDS env.TZ resources')}`,
  }),
  google_cloud_run_v2_service: terms({
    image: 'template.containers.image',
    followed: 'ingress invoker_iam_disabled location name project template.service_account',
    weighty:
      'binary_authorization build_config custom_audiences default_uri_disabled iap_enabled launch_stage template traffic',
    harmless: `annotations client client_version deletion_protection description labels scaling ${below(
      'template',
      'execution_environment labels max_instance_request_concurrency scaling session_affinity timeout containers.resources',
    )}`,
  }),
  google_cloud_run_v2_job: terms({
    image: 'template.template.containers.image',
    followed: 'location name project template.template.service_account',
    weighty: 'binary_authorization launch_stage run_execution_token start_execution_token template',
    harmless: `annotations client client_version deletion_protection labels ${below(
      'template',
      'labels parallelism task_count template.execution_environment template.max_retries template.timeout template.containers.resources',
    )}`,
  }),
  google_cloud_run_v2_worker_pool: terms({
    image: 'template.containers.image',
    followed: 'location name project template.service_account',
    weighty: 'binary_authorization custom_audiences instance_splits launch_stage template',
    harmless:
      'annotations client client_version deletion_protection description labels scaling template.labels template.containers.resources',
  }),
  google_cloud_scheduler_job: terms({
    weighty: 'app_engine_http_target http_target pubsub_target',
    guard: 'paused schedule time_zone',
    harmless: 'attempt_deadline description name project region retry_config',
  }),
  google_cloudfunctions2_function: terms({
    followed: 'location name project service_config.ingress_settings service_config.service_account_email',
    weighty: 'build_config event_trigger kms_key_name service_config',
    harmless: `description labels ${below(
      'service_config',
      'available_cpu available_memory max_instance_count max_instance_request_concurrency min_instance_count timeout_seconds',
    )}`,
  }),
  google_kms_crypto_key: terms({
    followed: 'key_ring name',
    weighty: 'crypto_key_backend import_only purpose skip_initial_version_creation version_template',
    harmless: 'destroy_scheduled_duration labels rotation_period',
  }),
  google_kms_key_ring: terms({ followed: 'location name project' }),
  google_logging_metric: terms({
    guard: 'disabled filter name project',
    harmless: 'bucket_name bucket_options description label_extractors metric_descriptor value_extractor',
  }),
  google_monitoring_alert_policy: terms({
    guard: 'combiner conditions enabled notification_channels project',
    harmless: 'alert_strategy display_name documentation severity user_labels',
  }),
  google_project_iam_audit_config: terms({ guard: 'audit_log_config project service' }),
  google_project_service: terms({
    harmless:
      'check_if_service_has_usage_on_destroy disable_dependent_services disable_on_destroy project service',
  }),
  google_project_service_identity: terms({ weighty: 'project service' }),
  google_service_account: terms({
    followed: 'account_id project',
    weighty: 'create_ignore_already_exists disabled',
    harmless: 'description display_name',
  }),
  kubernetes_namespace_v1: terms({ weighty: 'metadata' }),
  kubernetes_service_account_v1: terms({
    followed: 'metadata',
    weighty: 'automount_service_account_token image_pull_secret secret',
  }),
  kubernetes_deployment_v1: terms({
    image: 'spec.template.spec.container.image',
    followed: 'metadata spec.template.spec.service_account_name spec.template.spec.container.env.PAGE_VALUES',
    weighty: 'spec.selector spec.template.metadata spec.template.spec',
    harmless: `wait_for_rollout ${below(
      'spec',
      'min_ready_seconds paused progress_deadline_seconds replicas revision_history_limit strategy',
    )} ${below(SPEC_OF_PODS, 'termination_grace_period_seconds topology_spread_constraint')} ${below(
      `${SPEC_OF_PODS}.container`,
      'env.LOG_LEVEL env.RELOAD_SECONDS env.TZ image_pull_policy resources',
    )}`,
  }),
  kubernetes_service_v1: terms({ weighty: 'metadata spec', harmless: 'wait_for_load_balancer' }),
  kubernetes_horizontal_pod_autoscaler_v2: terms({ harmless: 'metadata spec' }),
  kubernetes_pod_disruption_budget_v1: terms({ harmless: 'metadata spec' }),
  kubernetes_network_policy_v1: terms({ weighty: 'metadata spec' }),
  google_storage_bucket: terms({
    followed: 'name project public_access_prevention uniform_bucket_level_access',
    weighty:
      'autoclass cors custom_placement_config default_event_based_hold enable_object_retention encryption hierarchical_namespace ip_filter logging requester_pays retention_policy website',
    harmless: 'force_destroy labels lifecycle_rule location rpo soft_delete_policy storage_class versioning',
  }),
  google_storage_bucket_object: terms({
    weighty: 'bucket name content content_encoding customer_encryption kms_key_name source',
    harmless:
      'cache_control content_disposition content_language content_type deletion_policy detect_md5hash event_based_hold metadata retention source_md5hash storage_class temporary_hold',
  }),
};

/** Data sources that give no access and no plaintext; what they tell is followed to where it is used. */
const DATA: Readonly<Record<string, ReadonlyMap<string, Weight>>> = {
  google_artifact_registry_docker_image: terms({
    image: 'image_name',
    weighty: 'location project repository_id',
  }),
  google_artifact_registry_repository: terms({ harmless: 'location project repository_id' }),
  google_client_config: terms({}),
  google_iam_policy: terms({ followed: 'audit_config binding' }),
  google_container_cluster: terms({ weighty: 'location name project' }),
  google_kms_crypto_key: terms({ followed: 'key_ring name' }),
  google_kms_crypto_keys: terms({ harmless: 'filter key_ring' }),
  google_kms_key_ring: terms({ followed: 'location name project' }),
  google_kms_key_rings: terms({ harmless: 'filter location project' }),
  google_project: terms({ followed: 'project_id' }),
  google_storage_bucket: terms({ followed: 'name project' }),
  google_storage_project_service_account: terms({ weighty: 'project user_project' }),
  terraform_remote_state: terms({ weighty: 'backend config workspace' }),
};

/** Blocks other than resources and data. */
const BLOCKS: Readonly<Record<string, ReadonlyMap<string, Weight>>> = {
  import: terms({ weighty: 'for_each id to' }),
  locals: terms({}),
  moved: terms({ harmless: 'from to' }),
  output: terms({ guard: 'sensitive', harmless: 'depends_on description value' }),
  removed: terms({ weighty: 'from lifecycle' }),
  terraform: terms({ weighty: 'backend required_providers required_version' }),
  variable: terms({ followed: 'default', harmless: 'description nullable sensitive type' }),
};

const PROVIDERS: Readonly<Record<string, ReadonlyMap<string, Weight>>> = {
  docker: terms({ weighty: 'host registry_auth' }),
  google: terms({ weighty: 'alias project region zone', harmless: 'default_labels' }),
  kubernetes: terms({
    weighty: 'alias config_context config_path exec host',
    harmless: 'cluster_ca_certificate ignore_annotations ignore_labels',
  }),
  'google-beta': terms({ weighty: 'alias project region zone', harmless: 'default_labels' }),
};

/** Arguments that Terraform takes on every resource. */
const META = terms({
  weighty: 'count for_each provider lifecycle.ignore_changes',
  harmless: 'depends_on lifecycle.create_before_destroy lifecycle.prevent_destroy timeouts',
});

/** A data source gives nothing by itself, however often it is asked. */
const META_OF_DATA = terms({ weighty: 'provider', harmless: 'count depends_on for_each lifecycle timeouts' });

const GRANT = terms({ followed: 'condition location member members policy_data project role' });

const META_OF: Readonly<Record<string, ReadonlyMap<string, Weight>>> = { data: META_OF_DATA, resource: META };

/** A block by its kind and address. */
type Named = Pick<ReviewedBlock, 'kind' | 'address'>;

/**
 * What is known of an argument of a block, or of the whole block where no argument is named.
 *
 * @returns undefined when it is not understood
 */
export function weightOfArgument(block: Named, path: string | undefined): Weight | undefined {
  if (block.kind === 'locals') return 'followed';
  const known = termsOf(block);
  if (path === undefined || known === undefined) return known && 'followed';
  const plain = path.replace(/\[[^\]]*\]/g, '');
  // Only a plan has none: Terraform has looked at it already.
  if (plain === 'lifecycle') return 'harmless';
  return longest(plain, known) ?? longest(plain, META_OF[block.kind]);
}

function longest(path: string, known: ReadonlyMap<string, Weight> | undefined): Weight | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), 0))) {
    const weight = known?.get(at);
    if (weight) return weight;
  }
  return undefined;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function termsOf(block: Named): ReadonlyMap<string, Weight> | undefined {
  const [type = '', label = ''] = block.address.split('.');
  if (block.kind === 'data') return own(DATA, label);
  if (block.kind === 'provider') return own(PROVIDERS, label);
  if (block.kind !== 'resource') return own(BLOCKS, block.kind);
  const base = grantedOn({ type });
  if (base === undefined) return own(RESOURCES, type);
  const target = targetArgument(base);
  return isFollowed(base) && target !== undefined
    ? new Map([...GRANT, [target, 'followed' as const]])
    : undefined;
}

/** Whether the type of a block is one that this review reads. */
export function isUnderstood(block: ReviewedBlock): boolean {
  if (block.address.startsWith('google_cloud_scheduler_job.') && !startsJob(block)) return false;
  return weightOfArgument(block, undefined) !== undefined;
}

const START_OF_JOB =
  /^https:\/\/run\.googleapis\.com\/v2\/projects\/[\w.:-]+\/locations\/[\w-]+\/jobs\/[\w-]+:run$/;

/**
 * Whether all that a schedule does is to start a Cloud Run job as it is deployed: that takes a grant, and brings
 * nothing back. A body could change what the job runs, and any other address is told who calls.
 */
function startsJob({ known }: ReviewedBlock): boolean {
  const targets = ['http_target', 'app_engine_http_target', 'pubsub_target'].flatMap((name) =>
    known[name] === undefined ? [] : [known[name]].flat(),
  );
  const [target, ...others] = targets.map((one) => (isMap(one) ? one : {}));
  const names = new Set(['uri', 'http_method', 'oauth_token']);
  return (
    others.length === 0 &&
    target !== undefined &&
    START_OF_JOB.test(text(target.uri) ?? '') &&
    Object.keys(target).every((name) => names.has(name))
  );
}

/** One argument, down to the leaf. */
export interface Leaf {
  readonly at: string;
  readonly value: unknown;
  /** Undefined when it is not understood. */
  readonly weight: Weight | undefined;
}

/** Every argument of a block. */
export function leavesOfBlock(block: ReviewedBlock): Leaf[] {
  return leavesOf(block.known)
    .filter(([at, value]) => at !== '' || isUnknown(value))
    .map(([at, value]) => ({ at, value, weight: weightOfArgument(block, at) }));
}
