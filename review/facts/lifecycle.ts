import { isGrant } from './access.ts';
import { argumentAt, isTrue, wholeNumber } from './blocks.ts';
import type { Lifecycle, Target } from './model.ts';
import type { ReviewedResource } from './resources.ts';
import { targetOf } from './targets.ts';

type Arguments = ReviewedResource['known'];
type Outcome = Pick<Lifecycle, 'outcome' | 'note'>;

/**
 * What destroying a stack means for each resource. Terraform refuses the whole command while one resource of the
 * stack may not be destroyed, so nothing of such a stack is deleted.
 */
export function lifecycleOf(resources: readonly ReviewedResource[]): Lifecycle[] {
  const refusals = new Map(
    resources
      .filter(isProtected)
      .map(({ stack, address }) => [stack, address] as const)
      .reverse(),
  );
  return resources.map((resource) => {
    const { stack, address, path } = resource;
    const target: Target = targetOf(resource);
    return { resource: target, ...outcomeOf(resource, refusals.get(stack)), stack, address, path };
  });
}

function isProtected({ known }: ReviewedResource): boolean {
  return isTrue(argumentAt(known, 'lifecycle', 'prevent_destroy'));
}

function outcomeOf(resource: ReviewedResource, protectedAddress: string | undefined): Outcome {
  const own = isGrant(resource)
    ? { outcome: 'deleted' as const, note: 'Whoever it names loses this access.' }
    : (OUTCOMES[resource.type]?.(resource.known) ?? DELETED);
  if (isProtected(resource)) {
    return {
      outcome: 'refused',
      note: `Terraform refuses (prevent_destroy), and with it for the whole stack. Without that: ${own.note}`,
    };
  }
  if (protectedAddress && own.outcome === 'deleted') {
    return { outcome: 'kept', note: `Destroying its stack is refused because of ${protectedAddress}.` };
  }
  return own;
}

const DELETED: Outcome = { outcome: 'deleted', note: 'Deleted.' };

const IMAGE_KEPT: Outcome = { outcome: 'kept', note: 'The image stays, here and in the repository.' };

/** From the page of each resource below https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs. */
const OUTCOMES: Readonly<Record<string, (args: Arguments) => Outcome>> = {
  docker_image: ({ keep_locally: keep }) => (keep === true ? IMAGE_KEPT : DELETED),
  docker_registry_image: ({ keep_remotely: keep }) => (keep === true ? IMAGE_KEPT : DELETED),
  google_artifact_registry_repository: () => ({
    outcome: 'deleted',
    note: 'Deleted with every image in it.',
  }),
  google_cloud_run_service: () => ({ outcome: 'deleted', note: 'Deleted with all its revisions.' }),
  google_kms_crypto_key: ({ destroy_scheduled_duration: duration }) => ({
    outcome: 'deleted',
    note:
      'Google never deletes a key; destroying destroys all its versions. They can be restored for ' +
      `${typeof duration === 'string' ? days(duration) : '30 days'}, and then every secret under it is lost.`,
  }),
  google_kms_key_ring: () => ({ outcome: 'kept', note: 'Google never deletes a key ring.' }),
  google_project_service: ({ disable_on_destroy: disable }) =>
    disable === false
      ? { outcome: 'kept', note: 'The API stays enabled.' }
      : { outcome: 'deleted', note: 'The API is disabled, for everything else in the project as well.' },
  google_service_account: () => ({
    outcome: 'deleted',
    note: 'Can be restored for 30 days. One made again under the same name is another principal.',
  }),
  google_storage_bucket: bucketOutcome,
  google_storage_bucket_object: () => ({
    outcome: 'deleted',
    note: 'Its versions go with the bucket, and can be restored as long as the bucket says.',
  }),
};

function bucketOutcome(args: Arguments): Outcome {
  if (!isTrue(args.force_destroy)) {
    return { outcome: 'kept', note: 'Refused while it holds an object or an old version of one.' };
  }
  const seconds = wholeNumber(argumentAt(args, 'soft_delete_policy', 'retention_duration_seconds'));
  const restorable =
    seconds === 0
      ? 'at once and for good'
      : `they and the bucket can be restored for ${days(`${seconds ?? 604_800}s`)}`;
  return {
    outcome: 'deleted',
    note: `Deleted with every object and version in it; ${restorable} (soft delete).`,
  };
}

/** `604800s` as days. */
function days(duration: string): string {
  const count = Number.parseFloat(duration) / (24 * 60 * 60);
  return `${Number(count.toFixed(1))} ${count === 1 ? 'day' : 'days'}`;
}
