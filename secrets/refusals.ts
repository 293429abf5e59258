import {
  ApiDisabledError,
  ConflictError,
  FailedRequestError,
  IntegrityError,
  NotFoundError,
  PermissionDeniedError,
  type SecretError,
  TransferError,
  UnauthenticatedError,
  UnavailableError,
} from './errors.ts';
import {
  apiOf,
  type GoogleCall,
  grantCommand,
  iamMember,
  keyPermissions,
  keyVersionCommand,
  objectPermissions,
  projectOf,
  replaceCommand,
  resourceOf,
} from './fixes.ts';
import type { Failure, FailureStatus } from './google-failure.ts';
import { quoteWords } from './quote.ts';
import { objectUrl, parseKeyName, type SecretReference } from './reference.ts';

/** A call that Google refused, and who made it. */
export interface Refused {
  readonly failure: Failure;
  readonly call: GoogleCall;
  /** IAM member, where it is known. */
  readonly principal: string | undefined;
}

/** One way in which Google refuses: how it is known, and what it means. */
interface Refusal {
  /** Reasons of ErrorInfo and of Cloud Storage's JSON API, codes of its XML API. */
  readonly reasons?: readonly string[];
  /** Google's words, for where there is no reason. */
  readonly words?: RegExp;
  /** Only with one of these. @default any */
  readonly statuses?: readonly FailureStatus[];
  readonly on?: 'object' | 'key';
  readonly error: (refused: Refused) => SecretError;
}

/** Google's words are the cause, and are in the message: whoever looks them up finds Google's own page. */
function failed(what: string, fix: (refused: Refused) => string): Refusal['error'] {
  return (refused) => {
    const { message } = refused.failure;
    return new FailedRequestError(`${what}: ${message}`, fix(refused), causeOf(refused));
  };
}

const command =
  (...words: readonly string[]) =>
  () =>
    quoteWords(words);

/**
 * Every refusal that is known, the first that fits counts: reasons before words, since an organization's policy and a
 * missing permission are both a 403. Trying again helps where the class says `retryable`.
 */
const refusals: readonly Refusal[] = [
  {
    // https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds
    words: /requires a quota project|consumer.*764086051850/,
    statuses: ['PERMISSION_DENIED'],
    error: failed('Your credentials name no project that is charged for the call', ({ call }) =>
      quoteWords([
        'gcloud',
        'auth',
        'application-default',
        'set-quota-project',
        projectOf(call) ?? 'PROJECT',
      ]),
    ),
  },
  {
    // https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
    reasons: ['NO_WORKLOAD_IDENTITY'],
    error: (refused) => noWorkloadIdentity(refused),
  },
  {
    // https://cloud.google.com/apis/docs/troubleshooting
    reasons: ['SERVICE_DISABLED', 'accessNotConfigured'],
    words: /has not been used in project|it is disabled/,
    error: ({ failure, call, ...rest }) =>
      new ApiDisabledError(
        `The API ${apiOf(call)} is not enabled: ${failure.message}`,
        quoteWords(['gcloud', 'services', 'enable', apiOf(call), ...projectFlag({ failure, call, ...rest })]),
        causeOf({ failure, call, ...rest }),
      ),
  },
  {
    // https://cloud.google.com/billing/docs/how-to/modify-project; AccountProblem is the XML API's
    reasons: [
      'BILLING_DISABLED',
      'accountDisabled',
      'AccountProblem',
      'UserAccountProblem',
      'billingNotEnabled',
    ],
    words: /billing (?:account .*(?:disabled|delinquent)|to be enabled)/i,
    error: failed('The project is not paid for', (refused) =>
      quoteWords([
        'gcloud',
        'billing',
        'projects',
        'link',
        projectNameOf(refused),
        '--billing-account=ACCOUNT',
      ]),
    ),
  },
  {
    // https://cloud.google.com/vpc-service-controls/docs/troubleshooting
    reasons: ['SECURITY_POLICY_VIOLATED', 'vpcServiceControls'],
    words: /vpcServiceControlsUniqueIdentifier|prohibited by organization's policy/,
    error: failed(
      'A service perimeter (VPC Service Controls) does not let this through, whatever is granted',
      command('gcloud', 'access-context-manager', 'perimeters', 'list', '--policy=POLICY'),
    ),
  },
  {
    // https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
    reasons: ['orgPolicyConstraintFailed', 'CONSTRAINT_VIOLATED', 'ORG_POLICY_VIOLATED'],
    words: /[Cc]onstraint '?constraints\//,
    error: failed('An organization policy forbids it', ({ failure, ...rest }) => {
      const constraint = /constraints\/([\w.-]+)/.exec(failure.message)?.[1] ?? 'CONSTRAINT';
      const project = projectNameOf({ failure, ...rest });
      return quoteWords([
        'gcloud',
        'org-policies',
        'describe',
        constraint,
        `--project=${project}`,
        '--effective',
      ]);
    }),
  },
  {
    // https://cloud.google.com/storage/docs/requester-pays
    reasons: ['UserProjectMissing', 'required'],
    words: /requester pays bucket but no user project/i,
    error: failed(
      'Whoever reads this bucket pays for it, and no project is named',
      (refused) => `set GOOGLE_CLOUD_QUOTA_PROJECT=${projectNameOf(refused)} in the environment.`,
    ),
  },
  {
    reasons: ['USER_PROJECT_DENIED', 'UserProjectAccessDenied', 'userProjectAccessDenied'],
    words: /serviceusage\.services\.use|permission to use project/,
    error: failed('The project that is to be charged does not let the caller use it', (refused) =>
      quoteWords([
        ...['gcloud', 'projects', 'add-iam-policy-binding', projectNameOf(refused)],
        ...[`--member=${refused.principal ?? 'MEMBER'}`, '--role=roles/serviceusage.serviceUsageConsumer'],
      ]),
    ),
  },
  {
    // https://cloud.google.com/storage/docs/bucket-lock
    reasons: [
      'retentionPolicyNotMet',
      'RetentionPolicyNotMet',
      'objectUnderActiveHold',
      'ObjectUnderActiveHold',
    ],
    words: /retention policy|under active .*hold/i,
    on: 'object',
    error: failed('The bucket keeps its objects for a time, and this one is not over', ({ call }) =>
      quoteWords([
        'gcloud',
        'storage',
        'buckets',
        'describe',
        `gs://${'bucket' in call ? call.bucket : 'BUCKET'}`,
      ]),
    ),
  },
  {
    // https://cloud.google.com/storage/docs/encryption/using-customer-managed-keys
    reasons: ['CloudKmsDisabledKey', 'kmsDisabledKey', 'cloudKmsDisabledKey', 'CloudKmsPermissionDenied'],
    words: /Cloud KMS key is disabled|encryption key .*(?:disabled|destroyed)/i,
    on: 'object',
    error: failed(
      'The key that the bucket is stored with (not the one of the secret) cannot be used',
      ({ call }) =>
        quoteWords([
          ...[
            'gcloud',
            'storage',
            'buckets',
            'describe',
            `gs://${'bucket' in call ? call.bucket : 'BUCKET'}`,
          ],
          '--format=value(default_kms_key)',
        ]),
    ),
  },
  {
    // https://cloud.google.com/kms/docs/key-states
    words: /current state is:? \w+|is not enabled|is (?:scheduled for destruction|destroyed)/,
    statuses: ['FAILED_PRECONDITION'],
    on: 'key',
    error: (refused) => keyVersionUnusable(refused),
  },
  {
    words:
      /sent to location|location .* (?:does not match|is not (?:a )?(?:valid|supported))|[Uu]nsupported location/,
    on: 'key',
    error: failed('The key is not where it was asked for', ({ call }) =>
      quoteWords(['gcloud', 'kms', 'locations', 'list', ...projectFlagOf(call)]),
    ),
  },
  {
    words: /\bDecryption failed/,
    statuses: ['INVALID_ARGUMENT'],
    error: (refused) =>
      new IntegrityError(
        `The ciphertext was not made with the key ${resourceOf(refused.call)}, or was altered or truncated since.`,
        replaceCommand(),
        causeOf(refused),
      ),
  },
  {
    // The words of Cloud KMS and of Cloud Storage.
    words: /_crc32c|doesn't match calculated/,
    statuses: ['INVALID_ARGUMENT'],
    error: (refused) =>
      new TransferError(
        `Data was damaged on its way to ${resourceOf(refused.call)}.`,
        'try again.',
        causeOf(refused),
      ),
  },
  {
    // https://cloud.google.com/kms/quotas, https://cloud.google.com/storage/quotas
    reasons: [
      'RATE_LIMIT_EXCEEDED',
      'RESOURCE_EXHAUSTED',
      'rateLimitExceeded',
      'userRateLimitExceeded',
      'SlowDown',
    ],
    words: /[Qq]uota exceeded/,
    error: (refused) =>
      new UnavailableError(
        `A quota is used up for the moment: ${refused.failure.message}`,
        'try again in a minute.',
        causeOf(refused),
      ),
  },
  {
    reasons: ['conditionNotMet', 'PreconditionFailed'],
    words: /pre-?conditions you specified did not hold|is not what it was any more/,
    statuses: ['FAILED_PRECONDITION'],
    on: 'object',
    error: (refused) => changedMeanwhile(refused),
  },
  { statuses: ['FAILED_PRECONDITION'], on: 'object', error: (refused) => changedMeanwhile(refused) },
  { statuses: ['FAILED_PRECONDITION'], on: 'key', error: (refused) => keyVersionUnusable(refused) },
  {
    // Who may get an object but not list its bucket is told that it may not list when the object is not there
    // (https://cloud.google.com/storage/docs/json_api/v1/objects/get).
    words: /'storage\.objects\.list'|does not have storage\.objects\.list access/,
    statuses: ['PERMISSION_DENIED'],
    on: 'object',
    // Whoever wanted to list is told the truth.
    error: (refused) =>
      refused.call.permission === 'storage.objects.list' ? denied(refused) : notFound(refused),
  },
  {
    // https://cloud.google.com/iam/docs/troubleshoot-policies; Storage, KMS, and what the other APIs say.
    words: /^$|[Pp]ermission|does not have [\w.]+ access/,
    statuses: ['PERMISSION_DENIED'],
    error: denied,
  },
  { statuses: ['PERMISSION_DENIED'], error: (refused) => unexplained(refused) },
  { statuses: ['NOT_FOUND'], error: (refused) => notFound(refused) },
  {
    statuses: ['UNAUTHENTICATED'],
    error: (refused) =>
      new UnauthenticatedError(
        `There are no valid credentials for ${refused.call.permission} on ${resourceOf(refused.call)}.`,
        'on a machine of yours run gcloud auth application-default login.',
        causeOf(refused),
      ),
  },
  {
    statuses: ['UNAVAILABLE'],
    error: (refused) =>
      new UnavailableError(
        `${refused.call.permission} on ${resourceOf(refused.call)} got no answer (${refused.failure.message}).`,
        'try again; if it lasts, check the network and https://status.cloud.google.com.',
        causeOf(refused),
      ),
  },
];

/**
 * What a text means that somebody got: Google's words or ours, from a log or a terminal.
 *
 * @param target the secret that it is likely to be about: remedies name it
 * @returns undefined for what is in no refusal that is known
 */
export function readRefusal(text: string, target: SecretReference): SecretError | undefined {
  const words = new Set(text.match(/\w+/g));
  const message = text
    .replace(/ Fix: .*$/s, '')
    .replace(/\s+/g, ' ')
    .trim();
  for (const call of callsOf(message, target)) {
    const found = refusals.find(({ reasons = [], words: known, on, error }) => {
      if (on && !(on in call)) return false;
      // Some reasons are everyday words.
      if (reasons.some((reason) => /.[A-Z_]/.test(reason) && words.has(reason))) return true;
      if (error === denied) return permissionIn(message) === call.permission;
      return known?.test(message) === true;
    });
    const consumer = `projects/${parseKeyName(target.key).project}`;
    const failure = { status: 'UNKNOWN', message, reason: undefined, consumer } as const;
    if (found) return found.error({ failure, call, principal: /\b(\w+:\S+@\S+) lacks /.exec(message)?.[1] });
  }
  return undefined;
}

function permissionIn(message: string): string | undefined {
  return /(?:Permission '|does not have |lacks )([a-z]+(?:\.\w+)+)/.exec(message)?.[1];
}

/** The calls that a text may be about, the likeliest first. */
function callsOf(message: string, { bucket, object, key }: SecretReference): GoogleCall[] {
  const named = permissionIn(message);
  const ofObject = objectPermissions.find((one) => one === named) ?? 'storage.objects.get';
  const ofKey = keyPermissions.find((one) => one === named) ?? 'cloudkms.cryptoKeyVersions.useToDecrypt';
  const onObject = { permission: ofObject, bucket, object };
  const onKey = { permission: ofKey, key };
  const calls = /kms|cryptoKey|Decryption/i.test(message) ? [onKey, onObject] : [onObject, onKey];
  const api = /\b[a-z]+\.googleapis\.com\b/.exec(message)?.[0];
  if (api === undefined || calls.some((call) => apiOf(call) === api)) {
    return api === undefined ? calls : calls.toSorted((a) => (apiOf(a) === api ? -1 : 1));
  }
  const { project } = parseKeyName(key);
  return [{ permission: named ?? api, resource: api, project, role: 'ROLE', api }, ...calls];
}

/** What a refusal means. Google's own error is not the cause, only its text: it holds the request. */
export function translateRefusal(refused: Refused): SecretError {
  const found = refusals.find((refusal) => fits(refusal, refused));
  if (found) return found.error(refused);
  const { call, failure } = refused;
  const message = `${call.permission} on ${resourceOf(call)} was refused: ${failure.message}`;
  return new FailedRequestError(message, "do what Google's words ask for.", causeOf(refused));
}

function fits({ reasons = [], words, statuses, on }: Refusal, { failure, call }: Refused): boolean {
  if (statuses && !statuses.includes(failure.status)) return false;
  if (on && !(on in call)) return false;
  if (reasons.length === 0 && !words) return true;
  return (
    (failure.reason !== undefined && reasons.includes(failure.reason)) ||
    words?.test(failure.message) === true
  );
}

function causeOf({ failure }: Refused): { cause: Error } {
  return { cause: new Error(failure.message) };
}

function projectNameOf({ failure, call }: Refused): string {
  return projectOf(call) ?? failure.consumer?.replace(/^projects\//, '') ?? 'PROJECT';
}

function projectFlag(refused: Refused): string[] {
  const project = projectNameOf(refused);
  return project === 'PROJECT' ? [] : [`--project=${project}`];
}

function projectFlagOf(call: GoogleCall): string[] {
  const project = projectOf(call);
  return project === undefined ? [] : [`--project=${project}`];
}

function denied(refused: Refused): PermissionDeniedError {
  const { failure, call, principal } = refused;
  const member = principal ?? iamMember(/^(\S+@\S+) does not have /.exec(failure.message)?.[1]);
  const denial = {
    principal: member ?? 'unknown principal',
    permission: /Permission '([\w.]+)' denied/.exec(failure.message)?.[1] ?? call.permission,
    resource: resourceOf(call),
  };
  return new PermissionDeniedError(denial, grantCommand(call, member ?? 'MEMBER'), causeOf(refused));
}

/** On GKE, a Pod acts as a service account by a grant of its own, which takes as long to arrive as any other. */
function noWorkloadIdentity(refused: Refused): PermissionDeniedError {
  const { failure, principal: account } = refused;
  const email = account?.replace(/^serviceAccount:/, '') ?? 'EMAIL';
  const denial = {
    principal: "the Pod's Kubernetes service account",
    permission:
      /iam\.serviceAccounts\.\w+/.exec(failure.message)?.[0] ?? 'iam.serviceAccounts.getAccessToken',
    resource: account?.replace(':', ' ') ?? "the Pod's service account",
  };
  const grant = quoteWords([
    ...['gcloud', 'iam', 'service-accounts', 'add-iam-policy-binding', email],
    ...['--role=roles/iam.workloadIdentityUser'],
    '--member=serviceAccount:CLUSTER_PROJECT.svc.id.goog[NAMESPACE/NAME]',
  ]);
  return new PermissionDeniedError(denial, grant, causeOf(refused));
}

/** A 403 that speaks of no permission: nothing that is granted may help, and nothing is advised. */
function unexplained(refused: Refused): PermissionDeniedError {
  const { failure, call, principal = 'unknown principal' } = refused;
  const denial = { principal, permission: call.permission, resource: resourceOf(call) };
  const fix = "do what Google's words ask for.";
  return new PermissionDeniedError(denial, fix, { words: failure.message, ...causeOf(refused) });
}

function notFound(refused: Refused): NotFoundError {
  const { failure, call } = refused;
  if ('object' in call) {
    const { bucket, object } = call;
    const url = objectUrl(bucket, object);
    const isBucket = failure.message.includes('bucket does not exist');
    const fix = isBucket
      ? 'npx cloud-run-identity deploy'
      : quoteWords([
          ...['npx', 'cloud-run-identity', 'put', 'config.json', '--bucket', bucket],
          ...['--object', object],
        ]);
    const what = isBucket ? `bucket of ${url}` : `object ${url}`;
    const kind = isBucket ? 'bucket' : 'object';
    return new NotFoundError({ kind, resource: url }, `The ${what} does not exist.`, fix, causeOf(refused));
  }
  const resource = resourceOf(call);
  const what = 'key' in call ? `The key ${resource}` : resource;
  const fix = 'key' in call ? 'npx cloud-run-identity deploy' : 'check the name.';
  return new NotFoundError({ kind: 'other', resource }, `${what} does not exist.`, fix, causeOf(refused));
}

function keyVersionUnusable(refused: Refused): FailedRequestError {
  const { failure, call } = refused;
  const version = /cryptoKeyVersions\/(\d+)/.exec(failure.message)?.[1];
  const isToBeDestroyed = /DESTROY_SCHEDULED/.test(failure.message);
  const key = 'key' in call ? call.key : '';
  const fix = /is:? DESTROYED/.test(failure.message)
    ? replaceCommand()
    : keyVersionCommand(key, isToBeDestroyed ? 'restore' : 'enable', version);
  return new FailedRequestError(`The key cannot be used: ${failure.message}`, fix, causeOf(refused));
}

function changedMeanwhile(refused: Refused): ConflictError {
  const { call } = refused;
  const at = 'object' in call ? ['--bucket', call.bucket, '--object', call.object] : [];
  return new ConflictError(
    `${resourceOf(call)} is not what it was any more: somebody else has written it.`,
    quoteWords(['npx', 'cloud-run-identity', 'history', ...at]),
    causeOf(refused),
  );
}
