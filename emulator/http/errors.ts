/** The canonical status names of Google's APIs and the HTTP code of each (google.rpc.Code, AIP-193). */
const HTTP_CODES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  // Not 501: clients try that again until their deadline.
  UNIMPLEMENTED: 400,
  UNAVAILABLE: 503,
} as const;

/** A canonical status name such as `PERMISSION_DENIED`. */
export type GoogleStatus = keyof typeof HTTP_CODES;

/** What an error carries besides its message. */
export interface GoogleErrorOptions {
  /**
   * Cloud Storage's `reason` (its error shape has one where the others have a status).
   * @default derived from the status
   */
  readonly reason?: string;
  /**
   * The HTTP code, where an API departs from the canonical one (Cloud Storage's 412).
   * @default the canonical code of the status
   */
  readonly code?: number;
  /**
   * google.rpc.* details, already in JSON form with `@type`.
   * @default none
   */
  readonly details?: readonly Record<string, unknown>[];
  /**
   * Where Cloud Storage says the fault lies, e.g. `{ locationType: 'header', location: 'If-Match' }`.
   * @default none
   */
  readonly location?: { readonly locationType: string; readonly location: string };
}

/** An answer that is not 2xx, raised anywhere in the local cloud and written in the API's own shape. */
export class GoogleApiError extends Error {
  override readonly name = 'GoogleApiError';
  readonly status: GoogleStatus;
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: readonly Record<string, unknown>[];
  readonly location: GoogleErrorOptions['location'];

  /**
   * @param status canonical status name
   * @param message Google's own words for this case
   */
  constructor(status: GoogleStatus, message: string, options: GoogleErrorOptions = {}) {
    super(message);
    this.status = status;
    this.code = options.code ?? HTTP_CODES[status];
    this.reason = options.reason;
    this.details = options.details ?? [];
    this.location = options.location;
  }
}

/** google.rpc.ErrorInfo in its JSON form (AIP-193): a machine-readable reason within a domain. */
export function errorInfo(reason: string, domain: string, metadata: Record<string, string>) {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}

/** The error body of Google's APIs: `{ error: { code, message, status, details? } }` (AIP-193). */
export function platformErrorBody(error: GoogleApiError) {
  const { code, message, status, details } = error;
  return { error: { code, message, status, ...(details.length > 0 && { details }) } };
}

const STORAGE_REASONS: Partial<Record<GoogleStatus, string>> = {
  INVALID_ARGUMENT: 'invalid',
  UNAUTHENTICATED: 'authError',
  PERMISSION_DENIED: 'forbidden',
  NOT_FOUND: 'notFound',
  ALREADY_EXISTS: 'conflict',
  FAILED_PRECONDITION: 'conditionNotMet',
  INTERNAL: 'backendError',
  UNAVAILABLE: 'backendError',
  UNIMPLEMENTED: 'notImplemented',
};

/** The error body of Cloud Storage's JSON API: `{ error: { code, message, errors: [{ message, domain, reason }] } }`. */
export function storageErrorBody(error: GoogleApiError) {
  const { code, message, location, status, details } = error;
  const reason = error.reason ?? STORAGE_REASONS[status] ?? 'invalid';
  const domain = reason === 'accessNotConfigured' ? 'usageLimits' : 'global';
  const errors = [{ message, domain, reason, ...location }];
  return { error: { code, message, errors, ...(details.length > 0 && { status, details }) } };
}
