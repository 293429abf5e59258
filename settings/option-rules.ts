import { holdsTemplate, matches, type Rule } from './rules.ts';

/** Full names of keys, https://cloud.google.com/kms/docs/getting-resource-ids, without a version. */
export const keyIdRule = matches(
  /^projects\/[a-z][a-z0-9.:-]{4,60}[a-z0-9]\/locations\/[a-z0-9-]+\/keyRings\/[a-zA-Z0-9_-]{1,63}\/cryptoKeys\/[a-zA-Z0-9_-]{1,63}$/,
  'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, without a version',
);

/** Where in a bucket Terraform keeps its state, https://developer.hashicorp.com/terraform/language/backend/gcs. */
export const statePrefixRule: Rule = {
  allowed:
    'up to 900 bytes of UTF-8 without line breaks, not starting or ending with a slash, and without "${" and ' +
    '"%{", which Terraform would evaluate',
  accepts: (value) =>
    value.length > 0 &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= 900 &&
    !/[\r\n]|^\/|\/$/.test(value) &&
    !holdsTemplate(value),
};

/** Names of notification channels, https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.notificationChannels. */
export const notificationChannelRule = matches(
  /^projects\/[a-z0-9][a-z0-9.:-]{4,62}\/notificationChannels\/[0-9]{1,30}$/,
  'projects/PROJECT/notificationChannels/NUMBER, as `gcloud beta monitoring channels list` prints it',
);

/** Binary Authorization policies of Cloud Run, https://cloud.google.com/sdk/gcloud/reference/run/deploy#--binary-authorization. */
export const binaryAuthorizationRule = matches(
  /^(default|projects\/[a-z][a-z0-9.:-]{4,60}[a-z0-9]\/platforms\/cloudRun\/policies\/[a-z0-9-]{1,63})$/,
  "default (the project's policy) or projects/PROJECT/platforms/cloudRun/policies/POLICY",
);

/** Who builds the services' image. */
export const imageBuildRule = matches(/^(none|docker|cloud-build)$/, 'none, docker or cloud-build');

/** Subnetworks, https://cloud.google.com/run/docs/configuring/vpc-direct-vpc; a full name when the network is shared. */
export const vpcSubnetworkRule = matches(
  /^(projects\/[a-z][a-z0-9.:-]{4,60}[a-z0-9]\/regions\/[a-z]+-[a-z]+[0-9]{1,2}\/subnetworks\/)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "a subnetwork of the service's region: SUBNETWORK, or projects/HOST_PROJECT/regions/REGION/subnetworks/SUBNETWORK",
);

/** What leaves through the VPC network, https://cloud.google.com/sdk/gcloud/reference/run/deploy#--vpc-egress. */
export const vpcEgressRule = matches(
  /^(all-traffic|private-ranges-only)$/,
  'all-traffic or private-ranges-only',
);

/** Seconds of a day, as the service takes them (docs/rotation.md). */
export const secondsRule: Rule = {
  ...matches(
    /^(?:[1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)$/,
    'a whole number of seconds from 1 to 86400',
  ),
  jsonType: 'number',
};

/** How the service calls Google's APIs (docs/settings.md). */
export const googleClientsRule = matches(/^(direct|official)$/, 'direct or official');

/** Address of an OpenTelemetry collector, https://opentelemetry.io/docs/specs/otel/protocol/exporter/. */
export const telemetryEndpointRule: Rule = {
  allowed: 'the http or https address of an OpenTelemetry collector, such as https://collector.example.com',
  accepts: (value) => /^https?:\/\/[^\s/?#@]+[^\s?#@]*$/.test(value) && !holdsTemplate(value),
};

/** Instances kept running, https://cloud.google.com/run/docs/configuring/min-instances. */
export const minInstancesRule: Rule = {
  ...matches(/^(0|[1-9][0-9]{0,2}|1000)$/, 'a whole number from 0 to 1000'),
  jsonType: 'number',
};

/** The most instances; 1000 is what a region's quota gives one service, https://cloud.google.com/run/docs/configuring/max-instances-limits. */
export const maxInstancesRule: Rule = {
  ...matches(/^([1-9][0-9]{0,2}|1000)$/, 'a whole number from 1 to 1000'),
  jsonType: 'number',
};
