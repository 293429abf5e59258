import { isDeepStrictEqual } from 'node:util';
import type { FieldProblem } from './errors.ts';
import type { Fields } from './objects.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Kinds whose names are labels of DNS: a Service's may not even begin with a digit. */
const LABEL_KINDS = ['Namespace', 'Service'];

/** What the API server refuses of an object, as far as a workload of ours can have it wrong. */
export function problemsOf(kind: string, object: Fields, before?: Fields): FieldProblem[] {
  return [
    ...nameProblems(kind, object.metadata.name),
    ...(kind === 'Deployment' || kind === 'ReplicaSet' ? workloadProblems(object.spec, before?.spec) : []),
    ...(kind === 'Pod' ? podProblems(object.spec, 'spec') : []),
    ...(kind === 'Service' ? serviceProblems(object.spec) : []),
    ...(kind === 'HorizontalPodAutoscaler' ? autoscalerProblems(object.spec) : []),
    ...(kind === 'PodDisruptionBudget' ? budgetProblems(object.spec) : []),
  ];
}

function required(field: string): FieldProblem {
  return { field, reason: 'FieldValueRequired', message: 'Required value' };
}

function wrong(field: string, value: unknown, why: string): FieldProblem {
  return {
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  };
}

function nameProblems(kind: string, name: unknown): FieldProblem[] {
  if (typeof name !== 'string' || name === '') {
    return [
      {
        field: 'metadata.name',
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
      },
    ];
  }
  const isLabel = LABEL_KINDS.includes(kind);
  const limit = isLabel ? 63 : 253;
  const fits = name.length <= limit && (isLabel ? LABEL : SUBDOMAIN).test(name);
  if (fits) return [];
  return [
    wrong(
      'metadata.name',
      name,
      isLabel
        ? "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
        : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ),
  ];
}

function workloadProblems(spec: Fields, before: Fields | undefined): FieldProblem[] {
  const { matchLabels = {} } = spec.selector ?? {};
  const labels = spec.template?.metadata?.labels ?? {};
  const isMatched = Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
  return [
    ...(spec.selector ? [] : [required('spec.selector')]),
    ...(spec.selector && !isMatched
      ? [wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
      : []),
    ...(before && !isDeepStrictEqual(before.selector, spec.selector)
      ? [wrong('spec.selector', spec.selector, 'field is immutable')]
      : []),
    ...(typeof spec.replicas === 'number' && spec.replicas < 0
      ? [wrong('spec.replicas', spec.replicas, 'must be greater than or equal to 0')]
      : []),
    ...podProblems(spec.template.spec, 'spec.template.spec'),
  ];
}

function podProblems(spec: Fields, at: string): FieldProblem[] {
  const containers = spec.containers as Fields[];
  if (containers.length === 0) return [required(`${at}.containers`)];
  return containers.flatMap((container, index) => [
    ...(container.name ? [] : [required(`${at}.containers[${index}].name`)]),
    ...(container.image ? [] : [required(`${at}.containers[${index}].image`)]),
  ]);
}

function serviceProblems(spec: Fields): FieldProblem[] {
  return spec.ports.length === 0 && spec.clusterIP !== 'None' ? [required('spec.ports')] : [];
}

function autoscalerProblems(spec: Fields): FieldProblem[] {
  if (spec.maxReplicas >= spec.minReplicas) return [];
  return [wrong('spec.maxReplicas', spec.maxReplicas, 'must be greater than or equal to `minReplicas`')];
}

function budgetProblems(spec: Fields): FieldProblem[] {
  if (spec.minAvailable === undefined || spec.maxUnavailable === undefined) return [];
  return [wrong('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
}
