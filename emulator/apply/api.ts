import { setTimeout as sleep } from 'node:timers/promises';
import { GoogleApiError } from './errors.ts';

/** What one request carries besides its method and path. */
export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as application/json. */
  readonly json?: unknown;
  /** Sent as it is; excludes `json`. */
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array<ArrayBuffer> };
}

/** Google's public HTTP APIs below one address, as one principal. */
export interface GoogleApi {
  /**
   * Sends one request and returns the parsed JSON of the answer (undefined for an empty one).
   *
   * @param path begins with the API's endpoint prefix, e.g. `/kms/v1/projects/…`
   * @throws GoogleApiError for every status outside 200–299
   */
  request<Answer>(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Aborts waiting and polling. */
  readonly signal: AbortSignal;
}

/** Where the APIs are and who asks. */
export interface ApiTarget {
  /** Address below which every API has its endpoint prefix, without a slash at the end. */
  readonly url: string;
  /** OAuth 2.0 access token, sent as bearer token (RFC 6750) with every request. */
  readonly accessToken: string;
  /**
   * Ends what is under way.
   * @default never
   */
  readonly signal?: AbortSignal;
}

/**
 * A client of the public HTTP APIs with the endpoint prefixes that the Google provider's custom endpoints have
 * (`/storage/v1/`, `/kms/v1/`, `/run/` …).
 */
export function googleApi({ url, accessToken, signal = new AbortController().signal }: ApiTarget): GoogleApi {
  return {
    signal,
    async request<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
      const address = new URL(url + path);
      for (const [name, value] of Object.entries(options.query ?? {})) address.searchParams.set(name, value);
      const contentType =
        options.body?.contentType ?? (options.json === undefined ? undefined : 'application/json');
      const response = await fetch(address, {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
        },
        body: options.body?.bytes ?? (options.json === undefined ? null : JSON.stringify(options.json)),
        signal,
      });
      const text = await response.text();
      if (!response.ok) throw new GoogleApiError(`${method} ${path}`, response.status, errorMessage(text));
      return (text === '' ? undefined : JSON.parse(text)) as Answer;
    },
  };
}

/** The API server of the local GKE: it has an address of its own, and takes the same tokens. */
export async function kubernetesApi(api: GoogleApi, target: ApiTarget): Promise<GoogleApi> {
  const { url } = await api.request<{ url: string }>('GET', '/local/v1/kubernetes');
  return googleApi({ ...target, url });
}

/**
 * Sends a request that creates something.
 *
 * @returns what the API answered, or undefined when the thing exists already (409, or 412 for a precondition)
 * @throws GoogleApiError for every other failure
 */
export async function createUnlessExists<Answer>(
  api: GoogleApi,
  path: string,
  options: RequestOptions,
): Promise<Answer | undefined> {
  try {
    return await api.request<Answer>('POST', path, options);
  } catch (error) {
    if (error instanceof GoogleApiError && (error.status === 409 || error.status === 412)) return undefined;
    throw error;
  }
}

/** A long-running operation (https://google.aip.dev/151), as far as it is looked at. */
export interface Operation {
  /** Path of the operation below its API's version. */
  readonly name: string;
  readonly done?: boolean;
  readonly error?: { readonly message: string };
}

const OPERATION_POLL_MILLISECONDS = 100;

/**
 * Waits for an operation to end.
 *
 * @param prefix endpoint prefix of its API, e.g. `/artifactregistry/v1/`
 * @throws Error with the operation's own message, when it failed
 */
export async function waitForOperation(api: GoogleApi, prefix: string, started: Operation): Promise<void> {
  let operation = started;
  while (!operation.done) {
    await sleep(OPERATION_POLL_MILLISECONDS, undefined, { signal: api.signal });
    operation = await api.request<Operation>('GET', prefix + operation.name);
  }
  if (operation.error) throw new Error(operation.error.message);
}

/** Whether `actual` has everything that `wanted` has; what the server added does not count. */
export function includes(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  if (Array.isArray(wanted) && (!Array.isArray(actual) || actual.length !== wanted.length)) return false;
  return Object.entries(wanted).every(([key, value]) =>
    includes((actual as Readonly<Record<string, unknown>>)[key], value),
  );
}

function errorMessage(text: string): string {
  try {
    // Kubernetes has a message where Google has an error.
    const { error, message } = JSON.parse(text) as { error?: { message: string }; message?: string };
    return error?.message ?? message ?? text.slice(0, 500);
  } catch {
    return text.slice(0, 500);
  }
}
