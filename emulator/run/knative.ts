import { GoogleApiError } from '../http/errors.ts';

/** A probe of a container, as Cloud Run's v1 API has it; times in seconds. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: number } | null;
  readonly tcpSocket?: { readonly port?: number } | null;
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

/** The container of a revision. */
export interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
  readonly resources?: { readonly limits?: { readonly cpu?: string; readonly memory?: string } };
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
}

/** What a revision is made of. */
export interface RevisionTemplate {
  readonly metadata?: {
    readonly name?: string;
    readonly annotations?: Record<string, string>;
    readonly labels?: Record<string, string>;
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly timeoutSeconds?: number;
    readonly containerConcurrency?: number;
    readonly containers: readonly [Container, ...Container[]];
  };
}

/** The part of a service that a client writes. */
export interface ServiceInput {
  readonly apiVersion: 'serving.knative.dev/v1';
  readonly kind: 'Service';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Record<string, string>;
    readonly labels?: Record<string, string>;
  };
  readonly spec: { readonly template: RevisionTemplate; readonly traffic?: readonly object[] };
}

const RESERVED_NAMES = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];

/**
 * Reads the Knative service of a request.
 * Source: https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services#Service
 * @throws GoogleApiError INVALID_ARGUMENT with every violation
 */
export function readService(body: unknown): ServiceInput {
  const service = body as ServiceInput;
  const violations: string[] = [];
  if (service?.apiVersion !== 'serving.knative.dev/v1' || service.kind !== 'Service') {
    violations.push("apiVersion must be 'serving.knative.dev/v1' and kind 'Service'");
  }
  if (!/^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/.test(service?.metadata?.name ?? '')) {
    violations.push(
      'metadata.name: Service name must use only lowercase alphanumeric characters and dashes, must begin with a letter, cannot end with a dash, and cannot be longer than 49 characters',
    );
  }
  if (!customAudiences(service?.metadata?.annotations ?? {})) {
    violations.push(`metadata.annotations[${CUSTOM_AUDIENCES}]: must be a JSON list of audiences`);
  }
  const containers = service?.spec?.template?.spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0) {
    violations.push('spec.template.spec.containers: must have at least one container');
  } else {
    violations.push(...containers.flatMap(checkContainer));
  }
  if (violations.length > 0) throw new GoogleApiError('INVALID_ARGUMENT', `${violations.join('; ')}.`);
  return withoutServerLabels(withoutNulls(service));
}

const CUSTOM_AUDIENCES = 'run.googleapis.com/custom-audiences';

/**
 * The audiences besides its address that identity tokens for the service may be made for
 * (https://cloud.google.com/run/docs/configuring/custom-audiences).
 * @returns undefined where the annotation is no list of texts in JSON
 */
export function customAudiences(
  annotations: Readonly<Record<string, string>> = {},
): readonly string[] | undefined {
  try {
    const audiences: unknown = JSON.parse(annotations[CUSTOM_AUDIENCES] ?? '[]');
    const isList =
      Array.isArray(audiences) && audiences.every((item) => typeof item === 'string' && item !== '');
    return isList ? audiences : undefined;
  } catch {
    return undefined;
  }
}

/** Labels that Cloud Run itself puts on a template. Clients send them back, which changes nothing. */
export const SERVER_TEMPLATE_LABELS = ['client.knative.dev/nonce', 'run.googleapis.com/startupProbeType'];

function withoutServerLabels(service: ServiceInput): ServiceInput {
  const { template } = service.spec;
  if (!template.metadata?.labels) return service;
  const own = Object.entries(template.metadata.labels).filter(
    ([name]) => !SERVER_TEMPLATE_LABELS.includes(name),
  );
  const { labels: _, ...others } = template.metadata;
  const metadata = own.length > 0 ? { ...others, labels: Object.fromEntries(own) } : others;
  return { ...service, spec: { ...service.spec, template: { ...template, metadata } } };
}

function checkContainer(container: Container, index: number): string[] {
  const where = `spec.template.spec.containers[${index}]`;
  const violations: string[] = [];
  if (index > 0) violations.push(`${where}: the local cloud runs one container a revision, not sidecars`);
  if (!container.image) violations.push(`${where}.image: must not be empty`);
  const reserved = (container.env ?? [])
    .map(({ name }) => name)
    .filter((name) => RESERVED_NAMES.includes(name));
  if (reserved.length > 0) {
    violations.push(
      `${where}.env: The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system`,
    );
  }
  violations.push(...checkEnvironment(`${where}.env`, container.env ?? []));
  return violations;
}

/** Limits of https://cloud.google.com/run/quotas: 1,000 variables a container, 32 KiB each. */
function checkEnvironment(where: string, variables: NonNullable<Container['env']>): string[] {
  const names = variables.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  const tooLong = variables.filter(
    ({ name = '', value = '' }) => Buffer.byteLength(name + value) > 32 * 1024,
  );
  return [
    ...(variables.length > 1000 ? [`${where}: ${variables.length} variables; at most 1000 are allowed`] : []),
    ...(names.includes('') ? [`${where}: a variable has no name`] : []),
    ...repeated.map((name) => `${where}: duplicate variable ${name}`),
    ...tooLong.map(({ name }) => `${where}: ${name} is longer than 32768 bytes`),
  ];
}

/** The Terraform provider sends explicit nulls for the kinds of probe that are not used. */
function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(entries.map(([name, field]) => [name, withoutNulls(field)])) as Value;
}
