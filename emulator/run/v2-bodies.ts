import type { Revision } from './revision.ts';
import type { Rollout } from './rollout.ts';
import type { Service } from './service.ts';
import { toV2 } from './v2-from-knative.ts';

/** google.cloud.run.v2.Service in its JSON form. */
export function serviceV2Body(service: Service) {
  const { resource, url, generation } = service;
  const { ready, created } = service.rollout;
  const revisionName = (revision: Revision) => `${resource.name}/revisions/${revision.name}`;
  const conditions = conditionsV2(service.rollout);
  const [terminalCondition, ...others] = conditions;
  return {
    ...toV2(service.input),
    name: resource.name,
    uid: service.uid,
    generation: String(generation),
    createTime: service.createTime,
    updateTime: service.rollout.transitionTime,
    creator: service.creator,
    lastModifier: service.lastModifier,
    launchStage: 'GA',
    observedGeneration: String(generation),
    terminalCondition,
    conditions: others,
    ...(ready && { latestReadyRevision: revisionName(ready) }),
    ...(created && { latestCreatedRevision: revisionName(created) }),
    trafficStatuses: [{ type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST', percent: 100 }],
    uri: url,
    urls: [url],
    reconciling: service.rollout.deploying,
    etag: `"${service.resourceVersion}"`,
  };
}

/** The conditions of a service, or of one of its revisions. */
export function conditionsV2({
  deploying,
  failure,
  transitionTime: lastTransitionTime,
}: Pick<Rollout, 'deploying' | 'failure' | 'transitionTime'>) {
  const outcome = failure
    ? {
        state: 'CONDITION_FAILED',
        lastTransitionTime,
        message: failure.message,
        revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR',
      }
    : { state: deploying ? 'CONDITION_RECONCILING' : 'CONDITION_SUCCEEDED', lastTransitionTime };
  const routes = failure ? { state: 'CONDITION_SUCCEEDED', lastTransitionTime } : outcome;
  return [
    { type: 'Ready', ...outcome },
    { type: 'RoutesReady', ...routes },
    { type: 'ConfigurationsReady', ...outcome },
  ];
}
