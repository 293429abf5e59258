/** The canonical codes of google.rpc.Code that make a difference here. */
export type FailureStatus =
  | 'PERMISSION_DENIED'
  | 'NOT_FOUND'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'FAILED_PRECONDITION'
  | 'INVALID_ARGUMENT'
  | 'UNKNOWN';

/** What an error of one of Google's clients says, whichever client it comes from. */
export interface Failure {
  readonly status: FailureStatus;
  /** Google's own words; for an unrecognized error only its class, as its text may quote the request. */
  readonly message: string;
  /**
   * Why, in a word: the reason of google.rpc.ErrorInfo, such as SERVICE_DISABLED, that of Cloud Storage's JSON API, such
   * as retentionPolicyNotMet, or the code of its XML API, such as UserProjectMissing.
   */
  readonly reason: string | undefined;
  /** The project that Google takes for the caller's, such as `projects/123456789012`, where it says so. */
  readonly consumer?: string | undefined;
}

const byHttpStatus: Readonly<Record<number, FailureStatus>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'UNAVAILABLE',
  412: 'FAILED_PRECONDITION',
  429: 'UNAVAILABLE',
};

const byGrpcCode: Readonly<Record<number, FailureStatus>> = {
  3: 'INVALID_ARGUMENT',
  4: 'UNAVAILABLE',
  5: 'NOT_FOUND',
  7: 'PERMISSION_DENIED',
  8: 'UNAVAILABLE',
  9: 'FAILED_PRECONDITION',
  10: 'UNAVAILABLE',
  13: 'UNAVAILABLE',
  14: 'UNAVAILABLE',
  16: 'UNAUTHENTICATED',
};

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
const byName: Readonly<Record<string, FailureStatus>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  DEADLINE_EXCEEDED: 'UNAVAILABLE',
  NOT_FOUND: 'NOT_FOUND',
  PERMISSION_DENIED: 'PERMISSION_DENIED',
  RESOURCE_EXHAUSTED: 'UNAVAILABLE',
  FAILED_PRECONDITION: 'FAILED_PRECONDITION',
  ABORTED: 'UNAVAILABLE',
  INTERNAL: 'UNAVAILABLE',
  UNAVAILABLE: 'UNAVAILABLE',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
};

/** What direct REST throws for an answer: already read, and without the request in it. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The status of a canonical name of google.rpc.Code; undefined for one that makes no difference here. */
export function statusOfName(name: string): FailureStatus | undefined {
  return byName[name];
}

/** The status of an HTTP status or a gRPC code, which do not overlap. */
export function statusOfNumber(number: number): FailureStatus {
  if (number >= 500) return 'UNAVAILABLE';
  return byHttpStatus[number] ?? byGrpcCode[number] ?? 'UNKNOWN';
}

/** Reads an error of the Cloud Storage client (HTTP statuses) of the Cloud KMS client (gRPC codes), or of direct REST. */
export function readFailure(error: unknown): Failure {
  if (error instanceof AnswerError) return error.failure;
  if (!(error instanceof Error)) return { status: 'UNKNOWN', message: typeof error, reason: undefined };
  const status = statusOf(error);
  const message = status === 'UNKNOWN' ? error.name : googleMessage(error.message);
  return { status, message, reason: reasonOf(error), consumer: consumerOf(error) };
}

/** Cloud KMS's client says it itself; that of Cloud Storage has the list of the JSON answer. */
function reasonOf(error: Error): string | undefined {
  if ('reason' in error && typeof error.reason === 'string') return error.reason;
  const [first] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return typeof first?.reason === 'string' ? first.reason : undefined;
}

function consumerOf(error: Error): string | undefined {
  const metadata = 'errorInfoMetadata' in error ? error.errorInfoMetadata : undefined;
  const { consumer } = (metadata ?? {}) as { consumer?: unknown };
  return typeof consumer === 'string' ? consumer : undefined;
}

function statusOf(error: Error): FailureStatus {
  if (error.message.startsWith('Could not load the default credentials')) return 'UNAUTHENTICATED';
  // Asked before the code, as a DOMException has a numeric one that means something else.
  if (['AbortError', 'TimeoutError', 'FetchError'].includes(error.name)) return 'UNAVAILABLE';
  const code = 'code' in error ? error.code : undefined;
  // google-auth-library has the HTTP status beside a code, which may be the system's.
  const number = Number('status' in error ? error.status : code);
  if (number > 0) return statusOfNumber(number);
  if (typeof code === 'string') return 'UNAVAILABLE'; // of the system, such as ECONNREFUSED
  return 'UNKNOWN';
}

// A failed download carries the response's body as its message, which is text or the JSON error shape. A body that is
// neither is not repeated: whatever stands between may have put into it what it was sent.
function googleMessage(message: string): string {
  const withoutCode = message
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/( could not be decoded): .*/s, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  if (!withoutCode.startsWith('{')) return withoutCode;
  try {
    return String(JSON.parse(withoutCode).error.message);
  } catch {
    return 'an answer that is no error of Google';
  }
}
