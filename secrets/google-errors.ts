import { withDeadline } from './deadline.ts';
import {
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
  enableVersionCommand,
  type GoogleCall,
  grantCommand,
  iamMember,
  replaceCommand,
  resourceOf,
} from './fixes.ts';
import { type Failure, readFailure } from './google-failure.ts';
import { objectUrl } from './reference.ts';

// The Cloud Storage client has a timeout, too, but waits forever for a server that accepts and is silent.
const callMilliseconds = 10_000;
const callerEmailMilliseconds = 2_000;

/**
 * Runs a call to Google, for 10 seconds at most, and translates what it throws into the classes of
 * errors.ts. No other place knows how Google words its errors.
 *
 * The client's own error is not the cause, only its text: it holds the request, plaintext and token included.
 *
 * @param callerEmail asked only after a failure; its own failures are ignored.
 * @throws SecretError
 */
export async function callGoogle<Result>(
  call: GoogleCall,
  callerEmail: () => Promise<string | undefined>,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await withDeadline(callMilliseconds, request);
  } catch (error) {
    const failure = readFailure(error);
    const email = await withDeadline(callerEmailMilliseconds, callerEmail).catch(() => undefined);
    const principal = iamMember(email);
    throw translate(failure, call, principal);
  }
}

function translate(failure: Failure, call: GoogleCall, principal: string | undefined): SecretError {
  const resource = resourceOf(call);
  const options = { cause: new Error(failure.message) };
  switch (failure.status) {
    case 'PERMISSION_DENIED':
      return permissionDenied(failure, call, principal);
    case 'NOT_FOUND':
      return notFound(failure, call);
    case 'UNAUTHENTICATED':
      return new UnauthenticatedError(
        `There are no valid credentials for ${call.permission} on ${resource}.`,
        'on a machine of yours run gcloud auth application-default login.',
        options,
      );
    case 'UNAVAILABLE':
      return new UnavailableError(
        `${call.permission} on ${resource} got no answer (${failure.message}).`,
        'try again; if it lasts, check the network and https://status.cloud.google.com.',
        options,
      );
    default:
      return refused(failure, call, resource);
  }
}

function permissionDenied(failure: Failure, call: GoogleCall, principal: string | undefined): SecretError {
  const options = { cause: new Error(failure.message) };
  if (failure.reason === 'NO_WORKLOAD_IDENTITY') return noWorkloadIdentity(failure, principal, options);
  if (failure.reason === 'SERVICE_DISABLED' || failure.message.includes('it is disabled')) {
    const api = apiOf(call);
    return new FailedRequestError(
      `The API ${api} is not enabled: ${failure.message}`,
      `gcloud services enable ${api}`,
      options,
    );
  }
  // Who may get an object but not list its bucket is told that it may not list when the object is not there
  // (https://cloud.google.com/storage/docs/json_api/v1/objects/get).
  if ('object' in call && failure.message.includes("'storage.objects.list'")) return notFound(failure, call);
  const member = principal ?? iamMember(/^(\S+@\S+) does not have /.exec(failure.message)?.[1]);
  const denial = {
    principal: member ?? 'unknown principal',
    permission: /Permission '([\w.]+)' denied/.exec(failure.message)?.[1] ?? call.permission,
    resource: resourceOf(call),
  };
  return new PermissionDeniedError(denial, grantCommand(call, member ?? 'MEMBER'), options);
}

/** On GKE, a Pod acts as a service account by a grant of its own, which takes as long to arrive as any other. */
function noWorkloadIdentity(
  { message }: Failure,
  account: string | undefined,
  options: ErrorOptions,
): PermissionDeniedError {
  const resource = account?.replace(':', ' ') ?? "the Pod's service account";
  const email = account?.replace(/^serviceAccount:/, '') ?? 'EMAIL';
  return new PermissionDeniedError(
    {
      principal: "the Pod's Kubernetes service account",
      permission: /iam\.serviceAccounts\.\w+/.exec(message)?.[0] ?? 'iam.serviceAccounts.getAccessToken',
      resource,
    },
    'npx cdktf deploy cloud-run-identity, or: gcloud iam service-accounts add-iam-policy-binding ' +
      `${email} --role=roles/iam.workloadIdentityUser ` +
      "--member='serviceAccount:CLUSTER_PROJECT.svc.id.goog[NAMESPACE/NAME]'",
    options,
  );
}

function notFound(failure: Failure, call: GoogleCall): NotFoundError {
  const options = { cause: new Error(failure.message) };
  if ('object' in call) {
    const url = objectUrl(call.bucket, call.object);
    const fix = 'npx cloud-run-identity encrypt config.json, then npx cdktf deploy cloud-run-identity.';
    const missing = failure.message.includes('bucket does not exist') ? `bucket of ${url}` : `object ${url}`;
    return new NotFoundError(url, `The ${missing} does not exist.`, fix, options);
  }
  if (!('key' in call)) {
    return new NotFoundError(call.resource, `${call.resource} does not exist.`, 'check the name.', options);
  }
  const fix = 'npx cdktf deploy cloud-run-identity-foundation makes the key.';
  return new NotFoundError(call.key, `The key ${call.key} does not exist.`, fix, options);
}

function refused(failure: Failure, call: GoogleCall, resource: string): SecretError {
  const options = { cause: new Error(failure.message) };
  if (failure.status === 'INVALID_ARGUMENT' && failure.message.startsWith('Decryption failed')) {
    return new IntegrityError(
      `The ciphertext was not made with the key ${resource}, or was altered or truncated since.`,
      replaceCommand(),
      options,
    );
  }
  // The words of Cloud KMS and of Cloud Storage.
  const isDamaged = /_crc32c|doesn't match calculated/.test(failure.message);
  if (failure.status === 'INVALID_ARGUMENT' && isDamaged) {
    return new TransferError(`Data was damaged on its way to ${resource}.`, 'try again.', options);
  }
  if (failure.status === 'FAILED_PRECONDITION' && 'key' in call) {
    return new FailedRequestError(
      `The key cannot be used: ${failure.message}`,
      enableVersionCommand(call.key),
      options,
    );
  }
  if (failure.status === 'FAILED_PRECONDITION' && 'object' in call) {
    return new ConflictError(
      `${resource} is not what it was any more: somebody else has written it.`,
      'look at what they wrote with npx cloud-run-identity history, then make your change again.',
      options,
    );
  }
  const message = `${call.permission} on ${resource} was refused (${failure.message}).`;
  return new FailedRequestError(message, 'do what the answer in brackets asks for.', options);
}
