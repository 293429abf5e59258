import type { CloudState } from '../state.ts';
import type { Service } from './service.ts';

/** The service as Cloud Run's v1 API returns it; a write is answered before there is a status. */
export function serviceBody(state: CloudState, service: Service, withStatus: boolean) {
  const { input, url, generation } = service;
  const { name, labels = {}, annotations = {} } = input.metadata;
  const namespace = state.project.projectNumber;
  const { traffic = [{ percent: 100, latestRevision: true }] } = input.spec;
  const metadata = {
    name,
    namespace,
    selfLink: `/apis/serving.knative.dev/v1/namespaces/${namespace}/services/${name}`,
    uid: service.uid,
    resourceVersion: service.resourceVersion,
    generation,
    creationTimestamp: service.createTime,
    labels: { ...labels, 'cloud.googleapis.com/location': service.location },
    annotations: {
      ...annotations,
      'serving.knative.dev/creator': service.creator,
      'serving.knative.dev/lastModifier': service.lastModifier,
      'run.googleapis.com/operation-id': service.operationId,
      ...(service.clientName && { 'run.googleapis.com/client-name': service.clientName }),
      'run.googleapis.com/ingress': annotations['run.googleapis.com/ingress'] ?? 'all',
      'run.googleapis.com/ingress-status': annotations['run.googleapis.com/ingress'] ?? 'all',
      'run.googleapis.com/urls': JSON.stringify([url]),
    },
  };
  const status = withStatus ? statusBody(service) : {};
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata,
    spec: { template: templateBody(service), traffic },
    status,
  };
}

function templateBody({ input, nonce }: Service) {
  const { template } = input.spec;
  const startupProbeType = template.spec.containers[0].startupProbe ? 'Custom' : 'Default';
  const labels = {
    ...template.metadata?.labels,
    'client.knative.dev/nonce': nonce,
    'run.googleapis.com/startupProbeType': startupProbeType,
  };
  return { ...template, metadata: { ...template.metadata, labels } };
}

function statusBody(service: Service) {
  const { url, generation } = service;
  const { ready, created } = service.rollout;
  const traffic = ready && [{ revisionName: ready.name, percent: 100, latestRevision: true }];
  return {
    observedGeneration: generation,
    conditions: conditions(service),
    ...(ready && { latestReadyRevisionName: ready.name }),
    ...(created && { latestCreatedRevisionName: created.name }),
    ...(traffic && { traffic }),
    url,
    address: { url },
  };
}

function conditions({ rollout }: Service) {
  const { deploying, failure, transitionTime: lastTransitionTime } = rollout;
  const outcome = failure
    ? { status: 'False', lastTransitionTime, ...failure }
    : deploying
      ? {
          status: 'Unknown',
          lastTransitionTime,
          reason: 'Deploying',
          message: 'Revision deployment in progress',
        }
      : { status: 'True', lastTransitionTime };
  const routes = failure ? { status: 'True', lastTransitionTime } : outcome;
  return [
    { type: 'Ready', ...outcome },
    { type: 'ConfigurationsReady', ...outcome },
    { type: 'RoutesReady', ...routes },
  ];
}
