/**
 * What can go wrong between a caller and its secret, as a few named classes.
 *
 * Every message says what was asked, what was refused and how to fix it, and none holds a value of a
 * secret: errors are logged, printed and pasted into tickets. For the same reason `cause` is never the
 * client library's own error object, which carries the request (with a plaintext or a bearer token in it).
 */

/** What every failure of this folder is: `instanceof SecretError` separates known failures from bugs. */
export abstract class SecretError extends Error {
  /** Whether the same call may succeed later although nobody changes anything. */
  abstract readonly retryable: boolean;
  /** The command or edit that repairs it, on one line. */
  readonly fix: string;

  constructor(message: string, fix: string, options?: { readonly cause?: unknown }) {
    super(`${message} Fix: ${fix}`, options);
    this.name = new.target.name;
    this.fix = fix;
  }
}

/** Who lacks which permission on what; the parts that an operator searches the log for. */
export interface Denial {
  /** IAM member such as `serviceAccount:name@project.iam.gserviceaccount.com`, or `unknown principal`. */
  readonly principal: string;
  /** IAM permission such as `storage.objects.get`. */
  readonly permission: string;
  /** Full resource name, or a `gs://` address. */
  readonly resource: string;
}

/**
 * The caller lacks an IAM permission (HTTP 403), or was refused for a reason that only Google's words tell. Retryable: a fresh grant takes minutes to reach every
 * server (https://cloud.google.com/iam/docs/access-change-propagation).
 */
export class PermissionDeniedError extends SecretError implements Denial {
  readonly retryable = true;
  readonly principal: string;
  readonly permission: string;
  readonly resource: string;

  /** @param options `words`: Google's, where they name no permission that is missing */
  constructor(
    denial: Denial,
    fix: string,
    options: { readonly cause?: unknown; readonly words?: string } = {},
  ) {
    const { principal, permission, resource } = denial;
    const { words, ...rest } = options;
    super(
      words === undefined
        ? `${principal} lacks ${permission} on ${resource} (or it does not exist).`
        : `${permission} on ${resource} was refused to ${principal}: ${words}`,
      fix,
      rest,
    );
    this.principal = principal;
    this.permission = permission;
    this.resource = resource;
  }
}

/** The caller has no valid credentials at all (HTTP 401, or none were found). Not retryable. */
export class UnauthenticatedError extends SecretError {
  readonly retryable = false;
}

/**
 * The object, bucket, key ring or key does not exist. Not retryable: Cloud Storage and Cloud KMS are
 * strongly consistent for what was created, so waiting does not make it appear.
 */
export class NotFoundError extends SecretError {
  readonly retryable = false;
  /** Full resource name, or a `gs://` address. */
  readonly resource: string;
  /** What is not there: of an object, its bucket may be missing, too. */
  readonly kind: 'bucket' | 'object' | 'other';

  constructor(
    { kind, resource }: Pick<NotFoundError, 'kind' | 'resource'>,
    message: string,
    fix: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, fix, options);
    this.resource = resource;
    this.kind = kind;
  }
}

/**
 * The object is not the generation any more that a write was meant to replace (HTTP 412): somebody else has written it
 * since. Not retryable: what they wrote would be lost.
 */
export class ConflictError extends SecretError {
  readonly retryable = false;
}

/** Bytes that are not what was written: altered, truncated, or made with another key. Not retryable. */
export class IntegrityError extends SecretError {
  readonly retryable = false;
}

/** Bytes that were damaged on the way (a checksum of this one transfer differs). Retryable. */
export class TransferError extends SecretError {
  readonly retryable = true;
}

/** A request that Google will always refuse: a disabled key version or API, a wrong argument. */
export class FailedRequestError extends SecretError {
  readonly retryable = false;
}

/** The project has not enabled the API, or it is not active everywhere yet: nobody knows what there is. */
export class ApiDisabledError extends FailedRequestError {}

/** The API did not answer, or answered 408, 429 or 5xx. Retryable. */
export class UnavailableError extends SecretError {
  readonly retryable = true;
}

/** What is refused before Google is asked: a key that is not named as keys are, too large a plaintext. */
export class InvalidArgumentError extends SecretError {
  readonly retryable = false;
}

/** A plaintext that is not what its secret must be; lists every problem, never a value. */
export class InvalidSecretError extends SecretError {
  readonly retryable = false;
  /** One entry a problem, such as `/DB_PASS is missing`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The secret is not valid:\n${problems.map((problem) => `  - ${problem}\n`).join('')}`,
      'correct the plain file and write it again: npx cloud-run-identity put FILE',
    );
    this.problems = problems;
  }
}
