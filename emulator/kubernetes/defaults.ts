import { randomInt } from 'node:crypto';
import { type Fields, isFields } from './objects.ts';

/**
 * What the API server fills in where a client wrote nothing, as recorded from Kubernetes 1.34: a plan of Terraform is
 * empty only if all of it comes back.
 */
export function withDefaults(kind: string, object: Fields): Fields {
  const complete = DEFAULTS[kind];
  return complete ? complete(object) : object;
}

const DEFAULTS: Readonly<Record<string, (object: Fields) => Fields>> = {
  Namespace: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { 'kubernetes.io/metadata.name': object.metadata.name, ...object.metadata.labels },
    },
  }),
  Service: (object) => ({ ...object, spec: serviceSpec(object.spec ?? {}) }),
  Deployment: (object) => ({ ...object, spec: deploymentSpec(object.spec ?? {}) }),
  ReplicaSet: (object) => ({
    ...object,
    spec: { replicas: 1, ...object.spec, template: podTemplate(object.spec?.template) },
  }),
  Pod: (object) => ({ ...object, spec: podSpec(object.spec ?? {}) }),
  HorizontalPodAutoscaler: (object) => ({ ...object, spec: autoscalerSpec(object.spec ?? {}) }),
  NetworkPolicy: (object) => ({ ...object, spec: networkPolicySpec(object.spec ?? {}) }),
};

/** The status of an object that was just made. */
export function initialStatus(kind: string): Fields | undefined {
  switch (kind) {
    case 'Namespace':
      return { phase: 'Active' };
    case 'Service':
      return { loadBalancer: {} };
    case 'Pod':
      return { phase: 'Pending', qosClass: 'Burstable' };
    case 'HorizontalPodAutoscaler':
      return { desiredReplicas: 0, currentMetrics: null };
    case 'PodDisruptionBudget':
      return { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    case 'ReplicaSet':
      return { replicas: 0 };
    default:
      return {};
  }
}

function serviceSpec(spec: Fields): Fields {
  const ports = (spec.ports ?? []).map((port: Fields) => ({
    protocol: 'TCP',
    targetPort: port.port,
    ...port,
  }));
  return {
    sessionAffinity: 'None',
    type: 'ClusterIP',
    ...spec,
    ports,
    internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster',
  };
}

/** The spec with what is given when an object is stored, and is nobody's: a Service's address, a namespace's finalizer. */
export function allocatedSpec(kind: string, spec: Fields | undefined, before?: Fields): Fields | undefined {
  if (kind === 'Namespace') return { finalizers: ['kubernetes'] };
  return kind === 'Service' && spec ? withClusterAddress(spec, before) : spec;
}

function withClusterAddress(spec: Fields, before: Fields | undefined): Fields {
  const clusterIP = spec.clusterIP ?? before?.clusterIP ?? `10.0.${randomInt(256)}.${randomInt(1, 255)}`;
  return {
    ...spec,
    clusterIP,
    clusterIPs: spec.clusterIPs ?? [clusterIP],
    ipFamilies: spec.ipFamilies ?? ['IPv4'],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
  };
}

function deploymentSpec(spec: Fields): Fields {
  const { type = 'RollingUpdate', rollingUpdate } = spec.strategy ?? {};
  const bounds = { maxUnavailable: '25%', maxSurge: '25%', ...rollingUpdate };
  return {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    template: podTemplate(spec.template),
    strategy: type === 'RollingUpdate' ? { type, rollingUpdate: bounds } : { type },
  };
}

function podTemplate(template: Fields = {}): Fields {
  return { ...template, spec: podSpec(template.spec ?? {}) };
}

function podSpec(spec: Fields): Fields {
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...spec,
    ...(account && { serviceAccountName: account, serviceAccount: account }),
    containers: (spec.containers ?? []).map(container),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(container) }),
  };
}

function container(given: Fields): Fields {
  const isLatest = /:latest$|^[^:@]+$|\/[^:@]+$/.test(given.image ?? '');
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) =>
    given[name] ? [[name, probe(given[name])]] : [],
  );
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    ...given,
    ...(given.ports && { ports: given.ports.map((port: Fields) => ({ protocol: 'TCP', ...port })) }),
    ...(given.env && { env: given.env.map(variable) }),
    ...(given.resources && { resources: resources(given.resources) }),
    ...Object.fromEntries(probes),
  };
}

/** A limit without a request is also the request. */
function resources({ limits, requests, ...others }: Fields): Fields {
  const all = { ...limits, ...requests };
  return {
    ...others,
    ...(limits && { limits }),
    ...(Object.keys(all).length > 0 && { requests: all }),
  };
}

function variable(given: Fields): Fields {
  const { fieldRef } = given.valueFrom ?? {};
  if (!fieldRef) return given;
  return { ...given, valueFrom: { ...given.valueFrom, fieldRef: { apiVersion: 'v1', ...fieldRef } } };
}

function probe(given: Fields): Fields {
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...given,
    ...(isFields(given.httpGet) && { httpGet: { path: '/', scheme: 'HTTP', ...given.httpGet } }),
  };
}

const SCALING = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

function autoscalerSpec(spec: Fields): Fields {
  const { behavior } = spec;
  return {
    minReplicas: 1,
    ...spec,
    ...(behavior && {
      behavior: {
        scaleUp: { ...SCALING.scaleUp, ...behavior.scaleUp },
        scaleDown: { ...SCALING.scaleDown, ...behavior.scaleDown },
      },
    }),
  };
}

function networkPolicySpec(spec: Fields): Fields {
  const withProtocol = (rule: Fields) =>
    rule.ports ? { ...rule, ports: rule.ports.map((port: Fields) => ({ protocol: 'TCP', ...port })) } : rule;
  return {
    ...spec,
    ...(spec.ingress && { ingress: spec.ingress.map(withProtocol) }),
    ...(spec.egress && { egress: spec.egress.map(withProtocol) }),
    policyTypes: spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])],
  };
}
