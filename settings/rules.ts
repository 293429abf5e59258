import { custom, holdsTemplate, matches } from './rule.ts';

/** Ids of projects, https://cloud.google.com/resource-manager/docs/creating-managing-projects. */
const PROJECT_ID = '[a-z][a-z0-9-]{4,28}[a-z0-9]';
/** Those of old that belong to a domain: `example.com:my-project`. */
const PROJECT = `(?:[a-z0-9.-]{1,63}:)?${PROJECT_ID}`;
/** As a resource name may have it: Google also takes the project's number. */
export const PROJECT_IN_NAME = `(?:${PROJECT}|[1-9][0-9]{5,19})`;
/** Ids of key rings and keys, https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create. */
const KMS_ID = '[a-zA-Z0-9_-]{1,63}';
/** Regions, https://cloud.google.com/run/docs/locations. */
export const REGION = '[a-z]+-[a-z]+[0-9]{1,2}';

/** The words that Google refuses in new ids (google, ssl …) are not checked: the project exists already. */
export const projectIdRule = matches(
  new RegExp(`^${PROJECT}$`),
  'the id of a project, not its number: 6 to 30 lowercase letters, digits and hyphens, starting with a letter, not ' +
    'ending in a hyphen, after "DOMAIN:" where it has a domain',
);

/** Service account ids, https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create. */
export const serviceAccountNameRule = matches(
  new RegExp(`^${PROJECT_ID}$`),
  '6 to 30 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Emails of service accounts, https://cloud.google.com/iam/docs/service-account-types. */
export const serviceAccountEmailRule = matches(
  /^[a-z0-9][a-z0-9-]{4,62}@[a-z0-9][a-z0-9.-]{1,120}\.gserviceaccount\.com$/,
  'the email of a service account, such as NAME@PROJECT.iam.gserviceaccount.com',
);

/** Cloud Run service names, https://cloud.google.com/run/docs/deploying: fewer than 50 characters. */
export const serviceNameRule = matches(
  /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/,
  '1 to 49 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Names of a service's secrets: each makes the variable SECRET_NAME. */
export const secretNameRule = matches(
  /^[a-z][a-z0-9-]{0,30}$/,
  '1 to 31 lowercase letters, digits and hyphens, starting with a letter',
);

/** Artifact Registry repositories, https://cloud.google.com/artifact-registry/docs/repositories/create-repos. */
export const repositoryNameRule = matches(
  /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
  '1 to 63 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Where services can run. */
export const regionRule = matches(new RegExp(`^${REGION}$`), 'a Google Cloud region such as us-central1');

/** Cloud KMS locations, https://cloud.google.com/kms/docs/locations: global, a multi-region or a region. */
export const keyLocationRule = matches(
  /^[a-z]+(-[a-z]+)*[0-9]{0,2}$/,
  'a Cloud KMS location: global, a multi-region such as europe, or a region such as us-central1',
);

/** Names of key rings and keys. */
export const kmsIdRule = matches(
  new RegExp(`^${KMS_ID}$`),
  '1 to 63 letters, digits, underscores and hyphens',
);

/** Full names of keys, https://cloud.google.com/kms/docs/getting-resource-ids, without a version. */
export const keyIdRule = matches(
  new RegExp(
    `^projects/${PROJECT_IN_NAME}/locations/[a-z0-9-]{1,63}/keyRings/${KMS_ID}/cryptoKeys/${KMS_ID}$`,
  ),
  'projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, without a version; PROJECT is an id or a number',
);

/** Bucket names, https://cloud.google.com/storage/docs/buckets#naming. */
export const bucketNameRule = custom(
  '3 to 63 lowercase letters, digits, hyphens, underscores and dots (up to 222 with dots, each part up to 63), ' +
    'starting and ending with a letter or digit, not an IP address, without the prefix "goog" and the word "google"',
  (value) =>
    /^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/.test(value) &&
    value.split('.').every((part) => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(part)) &&
    !/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(value) &&
    !value.startsWith('goog') &&
    !/g[o0]{2}gle/.test(value),
  { pattern: '^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$' },
);

/**
 * Object names, https://cloud.google.com/storage/docs/objects#naming. Google also allows `${` and `%{`;
 * they are refused here because Terraform would evaluate them. And it allows `.` and `..` between slashes, which an
 * address of the web loses on its way.
 */
export const objectNameRule = custom(
  '1 to 1024 bytes of UTF-8 without line breaks, no part between slashes being "." or "..", not below ' +
    '".well-known/acme-challenge/", and without "${" and "%{", which Terraform would evaluate',
  (value) =>
    value.length > 0 &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= 1024 &&
    !/[\r\n]/.test(value) &&
    !/(?:^|\/)\.{1,2}(?:\/|$)/.test(value) &&
    !value.startsWith('.well-known/acme-challenge/') &&
    !holdsTemplate(value),
  { minLength: 1, maxLength: 1024 },
);

const pathComponent = '[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*';

/** Path of an image inside its repository, https://github.com/opencontainers/distribution-spec/blob/main/spec.md. */
export const imageNameRule = custom(
  'a name inside the image repository, without tag: lowercase letters and digits, separated by . _ __ - or /',
  (value) => value.length <= 128 && new RegExp(`^${pathComponent}(?:/${pathComponent})*$`).test(value),
  { maxLength: 128 },
);

/** Image references, https://pkg.go.dev/github.com/distribution/reference: [host[:port]/]path[:tag][@digest]. */
export const imageRule = custom(
  'an image reference such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE@sha256:<64 hex digits>, ' +
    'or with a :tag in place of the digest',
  (value) => {
    const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
    const host = `${label}(?:[.]${label})*(?::[0-9]{1,5})?`;
    const tag = '[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}';
    return (
      value.length <= 512 &&
      new RegExp(
        `^(?:${host}/)?${pathComponent}(?:/${pathComponent})*(?::${tag})?(?:@sha256:[0-9a-f]{64})?$`,
      ).test(value)
    );
  },
  { maxLength: 512 },
);

/** A path on this machine, as it will stand in the synthesized Terraform. */
export const filePathRule = custom(
  'the path of a file, without line breaks, and without "${" and "%{", which Terraform would evaluate',
  (value) => value.length > 0 && value.isWellFormed() && !/[\0\r\n]/.test(value) && !holdsTemplate(value),
  { minLength: 1 },
);
