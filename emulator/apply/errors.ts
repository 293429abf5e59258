/**
 * The synthesized Terraform holds something that the applier does not know. It is thrown before the first
 * request, with every problem at once, each named by its address.
 */
export class UnsupportedConfigurationError extends Error {
  override readonly name = 'UnsupportedConfigurationError';
  readonly problems: readonly string[];

  /** @param problems one sentence each, beginning with the address it is about */
  constructor(problems: readonly string[]) {
    super(
      `The local cloud cannot apply what was synthesized:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** A resource was not brought to its configured state; the cause says why. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError';
  readonly address: string;

  /** @param address Terraform address, e.g. `google_storage_bucket.bucket` */
  constructor(address: string, cause: Error) {
    super(`${address}: ${cause.message}`, { cause });
    this.address = address;
  }
}

/**
 * A Google API answered with an error, in the shape of
 * https://cloud.google.com/apis/design/errors#http_mapping. Holds neither the request's body nor its token.
 */
export class GoogleApiError extends Error {
  override readonly name = 'GoogleApiError';
  readonly status: number;

  /**
   * @param request method and path, e.g. `POST /storage/v1/b`
   * @param status HTTP status code
   * @param message what the API said
   */
  constructor(request: string, status: number, message: string) {
    super(`${request} answered ${status}: ${message}`);
    this.status = status;
  }
}
