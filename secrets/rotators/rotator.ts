/** The values of a secret by key. Of a secret that is text: the text, under the secret's name. */
export type SecretValues = Readonly<Record<string, unknown>>;

/** The values that make up a credential, such as DB_USER and DB_PASS: those that change together. */
export type Credential = Readonly<Record<string, string>>;

/**
 * How a credential is replaced: a module's default export, for `npx cloud-run-identity rotate KEY --with MODULE`.
 *
 * A rotation may be stopped at any moment, and goes on from there, also on another machine. So each function may be
 * called again with the same arguments after it has done its work, and must then change nothing. What one throws is
 * shown by its class and code alone, because clients of databases quote users and hosts; a {@link RotatorError} in its
 * own words.
 */
export interface Rotator {
  /**
   * Whether old and new are accepted side by side. Where they are not, the new one is made current first, and the server
   * takes it right afterwards: services that are refused look for it at once.
   * @default true
   */
  readonly overlaps?: boolean;
  /**
   * Thinks of the next credential, and touches no server: what it returns is stored, encrypted, before anything is told
   * to the server, so that it cannot be lost.
   *
   * @param current all values of the live secret
   * @param key what was asked to be rotated, such as DB_PASS
   * @returns the values that change
   */
  propose(current: SecretValues, key: string): Credential | Promise<Credential>;
  /** Makes the server accept the next credential, beside the current one where they overlap. */
  create(change: Change): Promise<void>;
  /** Uses the next credential as the service does; a rejection ends the rotation, and everything is as before. */
  test(change: Change): Promise<void>;
  /** Invalidates the current credential, which no instance uses any more. */
  retire(change: Change): Promise<void>;
  /** Takes back what create did; the current credential stays. */
  undo(change: Change): Promise<void>;
}

/** A change of credentials. */
export interface Change {
  /** All values of the secret, with the credential that is replaced. */
  readonly current: SecretValues;
  /** All values of the secret, with the credential that replaces it. */
  readonly next: SecretValues;
}

/** What a rotator cannot do, in words that hold no value of the secret. */
export class RotatorError extends Error {
  override readonly name = 'RotatorError';
}

/** A value that has to be text. @throws RotatorError */
export function textAt(values: SecretValues, key: string): string {
  const value = values[key];
  if (typeof value === 'string' && value !== '') return value;
  throw new RotatorError(
    `The secret has no text ${key}: tell the rotator which keys it has, or set it with npx cloud-run-identity set ${key}`,
  );
}
