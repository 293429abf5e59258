/** What one setting may look like. */
export interface Rule {
  /** The rule in words, as Google documents it; ends up in the error message after "Allowed:". */
  readonly allowed: string;
  readonly accepts: (value: string) => boolean;
  /** What cdktf.json may hold instead of a string. @default nothing else */
  readonly jsonType?: 'boolean' | 'number';
}

/** The rule that a value matches a pattern, said in words. */
export function matches(pattern: RegExp, allowed: string): Rule {
  return { allowed, accepts: (value) => pattern.test(value) };
}

/**
 * Project ids, https://cloud.google.com/resource-manager/docs/creating-managing-projects.
 * The words that Google refuses in new ids (google, ssl …) are not checked: the project exists already.
 */
export const projectIdRule = matches(
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  '6 to 30 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Service account ids, https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create. */
export const serviceAccountNameRule = matches(
  /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  '6 to 30 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Cloud Run service names, https://cloud.google.com/run/docs/deploying: fewer than 50 characters. */
export const serviceNameRule = matches(
  /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/,
  '1 to 49 lowercase letters, digits and hyphens, starting with a letter, not ending in a hyphen',
);

/** Cloud Run regions, https://cloud.google.com/run/docs/locations. */
export const regionRule = matches(/^[a-z]+-[a-z]+[0-9]{1,2}$/, 'a Google Cloud region such as us-central1');

/** Cloud KMS locations, https://cloud.google.com/kms/docs/locations: global, a multi-region or a region. */
export const keyLocationRule = matches(
  /^[a-z]+(-[a-z]+)*[0-9]{0,2}$/,
  'a Cloud KMS location: global, a multi-region such as europe, or a region such as us-central1',
);

/** Key ring and key ids, https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create. */
export const kmsIdRule = matches(/^[a-zA-Z0-9_-]{1,63}$/, '1 to 63 letters, digits, underscores and hyphens');

/** Bucket names, https://cloud.google.com/storage/docs/buckets#naming. */
export const bucketNameRule: Rule = {
  allowed:
    '3 to 63 lowercase letters, digits, hyphens, underscores and dots (up to 222 with dots, each part up to 63), ' +
    'starting and ending with a letter or digit, not an IP address, without the prefix "goog" and the word "google"',
  accepts: (value) =>
    /^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$/.test(value) &&
    value.split('.').every((part) => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/.test(part)) &&
    !/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(value) &&
    !value.startsWith('goog') &&
    !/g[o0]{2}gle/.test(value),
};

/**
 * Object names, https://cloud.google.com/storage/docs/objects#naming. Google also allows `${` and `%{`;
 * they are refused here because Terraform would evaluate them.
 */
export const objectNameRule: Rule = {
  allowed:
    '1 to 1024 bytes of UTF-8 without line breaks, not ".", "..", or below ".well-known/acme-challenge/", ' +
    'and without "${" and "%{", which Terraform would evaluate',
  accepts: (value) =>
    value.length > 0 &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= 1024 &&
    !/[\r\n]/.test(value) &&
    value !== '.' &&
    value !== '..' &&
    !value.startsWith('.well-known/acme-challenge/') &&
    !holdsTemplate(value),
};

const pathComponent = '[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*';

/** Path of an image inside its repository, https://github.com/opencontainers/distribution-spec/blob/main/spec.md. */
export const imageNameRule: Rule = {
  allowed:
    'a name inside the image repository, without tag: lowercase letters and digits, separated by . _ __ - or /',
  accepts: (value) =>
    value.length <= 128 && new RegExp(`^${pathComponent}(?:/${pathComponent})*$`).test(value),
};

/** Image references, https://pkg.go.dev/github.com/distribution/reference: [host[:port]/]path[:tag][@digest]. */
export const imageRule: Rule = {
  allowed:
    'an image reference such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE@sha256:<64 hex digits>, ' +
    'or with a :tag in place of the digest',
  accepts: (value) => {
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
};

/** A path on this machine, as it will stand in the synthesized Terraform. */
export const filePathRule: Rule = {
  allowed:
    'the path of a file, without line breaks, and without "${" and "%{", which Terraform would evaluate',
  accepts: (value) =>
    value.length > 0 && value.isWellFormed() && !/[\0\r\n]/.test(value) && !holdsTemplate(value),
};

/** `true` or `false`; cdktf.json may also hold the JSON booleans. */
export const booleanRule: Rule = { ...matches(/^(true|false)$/, 'true or false'), jsonType: 'boolean' };

/** Whether Terraform would evaluate a part of the text. */
export function holdsTemplate(value: string): boolean {
  return /[$%]\{/.test(value);
}
