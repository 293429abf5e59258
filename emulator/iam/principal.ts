/** Who asks: the member that a token stands for, or nobody. */
export interface Principal {
  /** `user:…`, `serviceAccount:…`; undefined for an anonymous caller. */
  readonly member: string | undefined;
  /** A service account's unique id: an account made anew under the same name is another principal. */
  readonly uid?: string;
}

/** The caller without credentials. */
export const ANONYMOUS: Principal = { member: undefined };

/** A principal's email address, or `Anonymous caller`: as Cloud Storage's errors name it. */
export function emailOf(principal: Principal): string {
  return principal.member?.replace(/^[a-zA-Z]+:/, '') ?? 'Anonymous caller';
}
