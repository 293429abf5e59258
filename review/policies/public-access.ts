import type { Access, Origin } from '../facts/model.ts';
import type { ReviewedApp } from './reviewed-app.ts';

/** A way into a Cloud Run service for everyone. */
export interface PublicEntrance {
  /** Full name of the service. */
  readonly service: string;
  /** What opens it, in words. */
  readonly how: string;
  readonly at: Origin;
}

const INVOKER_ROLES = new Set(['roles/run.invoker', 'roles/run.servicesInvoker']);

/** Whether the principal is everyone, or everyone with some account at Google: as good as everyone. */
export function isPublic({ principal }: Access): boolean {
  return principal === 'allUsers' || principal === 'allAuthenticatedUsers';
}

/** Whether the grant lets its principal call one Cloud Run service, and nothing more. */
export function isInvocation({ role, resource }: Access): boolean {
  return INVOKER_ROLES.has(role) && /^cloud run .*(?:service|function)$/i.test(resource.kind);
}

/**
 * Services are public by a grant, or by the annotation that switches the check of the caller off,
 * https://cloud.google.com/run/docs/securing/managing-access#invoker_check.
 */
export function publicEntrances({ access, services }: ReviewedApp): PublicEntrance[] {
  const granted = access
    .filter((grant) => isPublic(grant) && isInvocation(grant))
    .map((grant) => ({
      service: grant.resource.name,
      how: `${grant.role} for ${grant.principal}`,
      at: grant,
    }));
  const unchecked = services
    .filter(({ run }) => run.unchecked)
    .map(({ facts, resource }) => ({
      service: facts.name,
      how: 'the disabled check of the caller',
      at: resource,
    }));
  return [...granted, ...unchecked];
}
