/**
 * The calls to Cloud Storage and Cloud KMS that reading a config takes, whoever sends them: Google's official clients
 * (clients.ts) or direct REST (direct/). What the answers are worth is decided in store.ts and cipher.ts, for both alike.
 */
export interface ConfigApis extends CipherApi, ObjectReadApi {}

/** Who makes the calls. */
export interface Caller {
  /**
   * Email of the account that the calls are made as; undefined when the credentials do not say, as a bare
   * access token and a person's own credentials do not.
   */
  callerEmail(): Promise<string | undefined>;
  /**
   * Forgets the access token, so that the next call gets a new one: for a token that Google refuses although it has
   * not expired by this machine's clock.
   */
  forgetToken(): Promise<void>;
  /**
   * An identity token of the caller, as Cloud Run asks of its callers.
   *
   * @param audience who it is for, such as the URL of a service
   */
  identityToken(audience: string): Promise<string>;
}

/** Cloud KMS, without a word on whether what it answers arrived unharmed. */
export interface CipherApi extends Pick<Caller, 'callerEmail'> {
  /** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/encrypt */
  encrypt(request: EncryptRequest): Promise<EncryptAnswer>;
  /** https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/decrypt */
  decrypt(request: DecryptRequest): Promise<DecryptAnswer>;
}

/** Bytes and the CRC32C that says whether they arrived as they were sent. */
export interface Checked {
  readonly bytes: Uint8Array;
  /** As an unsigned 32-bit number. */
  readonly crc32c: number;
}

/** Bytes that were received; the CRC32C is the sender's word, undefined where it sent none. */
export interface Received {
  readonly bytes: Buffer;
  readonly crc32c: number | undefined;
}

/** What is asked of Cloud KMS to encrypt. */
export interface EncryptRequest {
  /** Full resource name of the key or of one of its versions. */
  readonly name: string;
  readonly plaintext: Checked;
  readonly additionalAuthenticatedData: Checked | undefined;
}

/** What Cloud KMS answers. */
export interface EncryptAnswer {
  /** Full resource name of the key version that was used. */
  readonly name: string | undefined;
  readonly ciphertext: Received;
  readonly verifiedPlaintext: boolean;
  readonly verifiedAdditionalAuthenticatedData: boolean;
}

/** What is asked of Cloud KMS to decrypt. */
export interface DecryptRequest {
  /** Full resource name of the key. */
  readonly name: string;
  readonly ciphertext: Checked;
  readonly additionalAuthenticatedData: Checked | undefined;
}

/** What Cloud KMS answers. */
export interface DecryptAnswer {
  readonly plaintext: Received;
  readonly usedPrimary: boolean;
}

/** Cloud Storage, as far as one object is read. */
export interface ObjectReadApi extends Pick<Caller, 'callerEmail'> {
  /**
   * Opens a generation of an object; its bytes are not read before they are asked for.
   *
   * @returns undefined when the live version still is `unlessStill`
   */
  openObject(request: OpenRequest): Promise<OpenedObject | undefined>;
}

/** Which object to open. */
export interface OpenRequest {
  readonly bucket: string;
  readonly object: string;
  /** @default the live one */
  readonly generation?: string | undefined;
  /** Nothing is opened while this is the live version. */
  readonly unlessStill?: ObjectVersion | undefined;
}

/** What tells two versions of an object apart. */
export interface ObjectVersion {
  /** A 64-bit number, hence text. */
  readonly generation: string;
  /** Entity tag of the content, where the object was read by the XML API. */
  readonly etag?: string | undefined;
}

/** An object of which the bytes can be read. */
export interface OpenedObject extends ObjectVersion {
  readonly sizeBytes: number;
  /** CRC32C of the whole, as Cloud Storage writes it: base64 of four bytes. */
  readonly crc32c: string | undefined;
  /** Whether it was compressed when it was stored, by the Content-Encoding that its writer set. */
  readonly isGzip: boolean;
  /** Custom metadata by its keys in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The bytes as they are stored; to be called once. */
  bytes(): Promise<Buffer>;
  /** Ends the transfer where the bytes are not wanted. */
  discard(): void;
}
