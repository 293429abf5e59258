import { choice, custom, holdsTemplate, integer, list, map, matches } from './rule.ts';
import { keyLocationRule, PROJECT_IN_NAME, REGION, serviceNameRule } from './rules.ts';

/** Where in a bucket Terraform keeps its state, https://developer.hashicorp.com/terraform/language/backend/gcs. */
export const statePrefixRule = custom(
  'up to 900 bytes of UTF-8 without line breaks, not starting or ending with a slash, and without "${" and ' +
    '"%{", which Terraform would evaluate',
  (value) =>
    value.length > 0 &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= 900 &&
    !/[\r\n]|^\/|\/$/.test(value) &&
    !holdsTemplate(value),
  { minLength: 1, maxLength: 900 },
);

/** Names of notification channels, https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels. */
export const notificationChannelRule = matches(
  new RegExp(`^projects/${PROJECT_IN_NAME}/notificationChannels/[0-9]{1,30}$`),
  'projects/PROJECT/notificationChannels/NUMBER, as `gcloud beta monitoring channels list` prints it',
);

/** Binary Authorization policies of Cloud Run, https://cloud.google.com/sdk/gcloud/reference/run/deploy#--binary-authorization. */
export const binaryAuthorizationRule = matches(
  new RegExp(`^(default|projects/${PROJECT_IN_NAME}/platforms/cloudRun/policies/[a-z0-9-]{1,63})$`),
  "default (the project's policy) or projects/PROJECT/platforms/cloudRun/policies/POLICY",
);

/** What runs a service. */
export const platformRule = choice('cloud-run', 'gke');

/** Full names of GKE clusters, https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters. */
export const clusterRule = matches(
  /^projects\/[a-z][a-z0-9.:-]{4,60}[a-z0-9]\/locations\/[a-z]+-[a-z]+[0-9]{1,2}(-[a-z])?\/clusters\/[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
  'projects/PROJECT/locations/LOCATION/clusters/CLUSTER, where the location is a region or a zone',
);

/** Names of contexts in a kubeconfig, as `kubectl config get-contexts` prints them. */
export const kubeContextRule = matches(
  /^[\w.@:/-]{1,253}$/,
  'the name of a context of the kubeconfig: up to 253 letters, digits and . _ @ : / -',
);

/** Namespaces, https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/, of ours alone. */
export const namespaceRule = matches(
  /^(?!default$|kube-|gke-|gmp-)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "1 to 63 lowercase letters, digits and hyphens, no hyphen first or last, and none of the cluster's own: default, kube-…, gke-…, gmp-…",
);

/** Versions of the Google provider that take what is synthesized, https://registry.terraform.io/providers/hashicorp/google. */
export const googleProviderVersionRule = matches(
  /^(6\.(5\d|[6-9]\d|[1-9]\d{2,})|7\.\d{1,3})\.\d{1,3}$/,
  'a version of the Google provider from 6.50.0 on, or of its next major: 6.50.0, 7.45.0',
);

/** Who builds the services' image. */
export const imageBuildRule = choice('none', 'docker', 'cloud-build');

/** Subnetworks, https://cloud.google.com/run/docs/configuring/vpc-direct-vpc; a full name when the network is shared. */
export const vpcSubnetworkRule = matches(
  new RegExp(
    `^(projects/${PROJECT_IN_NAME}/regions/${REGION}/subnetworks/)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`,
  ),
  "a subnetwork of the service's region: SUBNETWORK, or projects/HOST_PROJECT/regions/REGION/subnetworks/SUBNETWORK",
);

/** What leaves through the VPC network, https://cloud.google.com/sdk/gcloud/reference/run/deploy#--vpc-egress. */
export const vpcEgressRule = choice('all-traffic', 'private-ranges-only');

/** Seconds of a day, as the service takes them (docs/rotation.md). */
export const secondsRule = integer(1, 86_400, 'seconds');

/** How the service calls Google's APIs (docs/settings.md). */
export const googleClientsRule = choice('direct', 'official');

/** Address of an OpenTelemetry collector, https://opentelemetry.io/docs/specs/otel/protocol/exporter/. */
export const telemetryEndpointRule = custom(
  'the http or https address of an OpenTelemetry collector, such as https://collector.example.com',
  (value) => /^https?:\/\/[^\s/?#@]+[^\s?#@]*$/.test(value) && !holdsTemplate(value),
  { pattern: '^https?://' },
);

/** Instances kept running, https://cloud.google.com/run/docs/configuring/min-instances. */
export const minInstancesRule = integer(0, 1000);

/** The most instances; 1000 is what a region's quota gives one service, https://cloud.google.com/run/docs/configuring/max-instances-limits. */
export const maxInstancesRule = integer(1, 1000);

/** CPUs of an instance, https://cloud.google.com/run/docs/configuring/services/cpu. */
export const cpuRule = matches(
  /^(?:0\.(?:0[89]|[1-9][0-9]?)|[12468])$/,
  '1, 2, 4, 6 or 8, or less than 1 from 0.08 in steps of 0.01',
);

/** Memory of an instance, https://cloud.google.com/run/docs/configuring/services/memory-limits. */
export const memoryRule = custom(
  '128Mi to 32Gi, as a whole number with Mi or Gi',
  (value) => {
    const mebibytes = mebibytesOf(value);
    return mebibytes >= 128 && mebibytes <= 32 * 1024;
  },
  { pattern: '^[1-9][0-9]*(?:Mi|Gi)$' },
);

/** The mebibytes of a memory setting; NaN when it is none. */
export function mebibytesOf(memory: string): number {
  const [, number, unit] = memory.match(/^([1-9][0-9]{0,5})(Mi|Gi)$/) ?? [];
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
}

/** Requests at a time, https://cloud.google.com/run/docs/about-concurrency. */
export const concurrencyRule = integer(1, 1000);

/** How long a request may take, https://cloud.google.com/run/docs/configuring/request-timeout. */
export const timeoutRule = integer(1, 3600, 'seconds');

/** From where requests are taken, https://cloud.google.com/run/docs/securing/ingress. */
export const ingressRule = choice('all', 'internal', 'internal-and-cloud-load-balancing');

/** What runs the container, https://cloud.google.com/run/docs/about-execution-environments. */
export const executionEnvironmentRule = choice('gen1', 'gen2');

/** What ID tokens may name instead of the URL, https://cloud.google.com/run/docs/configuring/custom-audiences. */
export const customAudiencesRule = list(
  custom(
    'up to 260 characters without white space and templates',
    (value) => /^\S{1,260}$/.test(value) && !holdsTemplate(value),
    { minLength: 1, maxLength: 260 },
  ),
);

/** Regions, and multi-regions of keys. */
export const newLocationsRule = list(keyLocationRule);

/** Names of other services in the list. */
export const callsRule = list(serviceNameRule);

/** Labels, https://cloud.google.com/run/docs/configuring/services/labels. */
export const labelsRule = map(
  matches(/^[a-z][a-z0-9_-]{0,62}$/, 'up to 63 lowercase letters, digits, hyphens and underscores'),
  matches(/^[a-z0-9_-]{0,63}$/, 'the same, or nothing'),
);

/** Variables that a service gets from Cloud Run, or from its secrets and calls. */
export const RESERVED_VARIABLE =
  /^(?:BUCKET_NAME|OBJECT_NAME|KMS_KEY_ID|SECRET_.*|CALL_.*_(?:URL|AUDIENCE)|TOKEN_AUDIENCE|PORT|K_[A-Z]+)$/;

/** Variables of a container. */
export const environmentVariablesRule = map(
  custom(
    'the name of a variable that neither Cloud Run nor a secret sets',
    (name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED_VARIABLE.test(name),
    { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  ),
  custom(
    'a text without "${" and "%{", which Terraform would evaluate',
    (value) => !holdsTemplate(value) && !value.includes('\0'),
  ),
);

/** What a secret holds. */
export const formatRule = choice('json', 'text', 'bytes');
