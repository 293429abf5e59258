import type { Bucket } from './bucket.ts';
import type { LifecycleRule } from './bucket-settings.ts';

/**
 * Applies the bucket's lifecycle to a name that has just got a new generation: noncurrent generations with at least
 * `numNewerVersions` newer ones are deleted. Google does so within a day; here it is done at once.
 * Rules with any other action or condition are stored and not carried out.
 * Source: https://cloud.google.com/storage/docs/lifecycle#numnewerversions.
 */
export function applyLifecycle(bucket: Bucket, name: string): void {
  for (const rule of bucket.settings.lifecycle?.rule ?? []) {
    const newerVersions = newerVersionsOf(rule);
    if (newerVersions !== undefined) bucket.objects.deleteWithNewerVersions(name, newerVersions);
  }
}

/** How many newer versions a noncurrent one needs for the rule to delete it; undefined for rules of another kind. */
function newerVersionsOf({ action, condition }: LifecycleRule): number | undefined {
  const { isLive = false, numNewerVersions, ...others } = condition;
  const isApplicable = action.type === 'Delete' && isLive === false && Object.keys(others).length === 0;
  const isCount = typeof numNewerVersions === 'number' && numNewerVersions >= 1;
  return isApplicable && isCount ? numNewerVersions : undefined;
}
