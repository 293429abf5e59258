/** What the plaintext of a secret is: a JSON object of values, text such as a PEM file or a token, or any bytes. */
export const SECRET_FORMATS = ['json', 'text', 'bytes'] as const;

/** One of them. */
export type SecretFormat = (typeof SECRET_FORMATS)[number];

/** Which secret a command is about; what is not said comes from the settings. */
export interface Target {
  readonly bucket?: string | undefined;
  readonly object?: string | undefined;
  /** Full resource name of the key. */
  readonly key?: string | undefined;
  /** Name of one of several services in the settings. */
  readonly service?: string | undefined;
  /** Name of one of the service's secrets. @default its first, `config` */
  readonly secret?: string | undefined;
  readonly format?: SecretFormat | undefined;
  /** Name of one of the settings' environments. */
  readonly env?: string | undefined;
  /** Email of the service account that the command calls Google as. */
  readonly account?: string | undefined;
  /** Why it is written: noted beside what is. */
  readonly reason?: string | undefined;
}
