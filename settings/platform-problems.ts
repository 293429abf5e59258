import { namespaceRule } from './option-rules.ts';
import { problemOf, type RawSettings } from './raw-settings.ts';
import type { ServiceScope } from './service-scope.ts';
import type { SettingsProblem } from './settings-error.ts';
import type { SERVICE, SHARED } from './table.ts';
import { fixOf, labelOf, type Scope, textOf } from './values.ts';

/** What only Cloud Run has. */
const CLOUD_RUN_ONLY = [
  ...['concurrency', 'timeoutSeconds', 'cpuAlwaysAllocated', 'startupCpuBoost', 'executionEnvironment'],
  ...['ingress', 'customAudiences', 'labels', 'calls'],
];

/** What only Cloud Run has, for all services. */
const SHARED_CLOUD_RUN_ONLY = ['binaryAuthorization', 'vpcSubnetwork', 'vpcEgress'];

/** Shared settings that none of the services can take. */
export function sharedPlatformProblems(services: readonly ServiceScope[]): SettingsProblem[] {
  const scopes = services.map(({ scope }) => scope);
  const [shared] = scopes.map(({ parent }) => parent);
  if (!shared) return [];
  // What all environments share may be for another one.
  const own = Object.entries(shared.raw).filter(
    ([name, found]) => !shared.constants?.suffix || found?.label !== name,
  );
  const raw: RawSettings = Object.fromEntries(own);
  if (scopes.every((scope) => textOf(scope, 'platform') === 'gke')) {
    return SHARED_CLOUD_RUN_ONLY.flatMap((name) => {
      const found = raw[name];
      return found ? [problemOf(found, 'no value where every service is on GKE: only Cloud Run has it')] : [];
    });
  }
  // Whoever says cloud-run knows of the choice; whoever says nothing may have forgotten it.
  if (!raw.cluster || scopes.some((scope) => scope.raw.platform)) return [];
  const allowed = 'no value without a service whose "platform" is gke';
  return [problemOf(raw.cluster, allowed, `set "platform" to gke, or ${raw.cluster.fix}`)];
}

/** Settings that do not go together with what runs the service. */
export function platformProblems(
  scope: Scope<typeof SERVICE>,
  shared: Scope<typeof SHARED>,
): SettingsProblem[] {
  return textOf(scope, 'platform') === 'gke' ? gkeProblems(scope, shared) : cloudRunProblems(scope);
}

function gkeProblems(scope: Scope<typeof SERVICE>, shared: Scope<typeof SHARED>): SettingsProblem[] {
  const { raw } = scope;
  const on = `on "platform": "gke"`;
  const { public: isPublic, minInstances } = raw;
  return [
    ...CLOUD_RUN_ONLY.flatMap((name) => {
      const found = raw[name];
      return found ? [problemOf(found, `no value ${on}: only Cloud Run has it`)] : [];
    }),
    ...(isPublic?.value === 'true'
      ? [
          problemOf(
            isPublic,
            `false ${on}, where the service has an address inside the cluster only`,
            `put an Ingress or a Gateway before it, and ${isPublic.fix}`,
          ),
        ]
      : []),
    ...(minInstances?.value === '0'
      ? [problemOf(minInstances, `1 or more ${on}: an autoscaler keeps at least one Pod`)]
      : []),
    ...(raw.namespace || namespaceRule.accepts(textOf(scope, 'serviceName') ?? '')
      ? []
      : [
          {
            setting: labelOf(scope, 'namespace'),
            source: `default, which follows from ${labelOf(scope, 'serviceName')}`,
            got: textOf(scope, 'serviceName'),
            allowed: namespaceRule.allowed,
            fix: fixOf(scope, 'namespace'),
          },
        ]),
    ...(textOf(shared, 'cluster') === undefined
      ? [
          {
            setting: labelOf(shared, 'cluster'),
            source: 'default',
            got: undefined,
            allowed: `the full name of a cluster, as ${labelOf(scope, 'platform')} is "gke"`,
            fix: fixOf(shared, 'cluster'),
          },
        ]
      : []),
  ];
}

function cloudRunProblems({ raw }: Scope): SettingsProblem[] {
  const { namespace } = raw;
  if (!namespace) return [];
  return [
    problemOf(namespace, 'no value without "platform": "gke"', `set "platform" to gke, or ${namespace.fix}`),
  ];
}
