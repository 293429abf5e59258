/**
 * Reading, decrypting, keeping fresh and writing secrets that lie encrypted in Cloud Storage. Nothing here loads Google's
 * clients, the schema validator or Fastify before it is used.
 */
export type { Caller, CipherApi, ConfigApis, EncryptAnswer, EncryptRequest } from './apis.ts';
export { crc32c, crc32cBase64, fingerprintOf } from './checksum.ts';
export { decrypt as decryptWithKey, encrypt as encryptWithKey } from './cipher.ts';
export { type GoogleClientOptions, type GoogleClients, googleClients } from './clients.ts';
export { retryDamaged } from './damage.ts';
export { withDeadline } from './deadline.ts';
export { bearer, type Credentials } from './direct/credentials.ts';
export { directApis, type Endpoints } from './direct/direct-apis.ts';
export { isEnvelope } from './envelope/format.ts';
export { releasing } from './envelope/release.ts';
export {
  ApiDisabledError,
  ConflictError,
  FailedRequestError,
  IntegrityError,
  InvalidArgumentError,
  InvalidSecretError,
  NotFoundError,
  PermissionDeniedError,
  SecretError,
  TransferError,
  UnauthenticatedError,
  UnavailableError,
} from './errors.ts';
export { type GoogleCall, grantCommand } from './fixes.ts';
export { formatOf, type Generation, listGenerations, liveGeneration, liveVersion } from './generations.ts';
export { callGoogle } from './google-errors.ts';
export {
  type Before,
  formatKeysChanged,
  type KeyAge,
  type KeysChanged,
  keyAges,
  keysChangedMetadata,
  noteChanges,
} from './key-ages.ts';
export { type Leaf, leavesOf } from './leaves.ts';
export {
  EnvironmentError,
  readSecretEnvironment,
  type SecretEnvironment,
  secretVariableProblems,
  type Variable,
  variableProblems,
} from './live/environment.ts';
export { connectToGoogle, type Google, type GoogleOptions } from './live/google.ts';
export type { SecretSource } from './live/live-secret.ts';
export { type OpenSecret, type OpenSecretOptions, openSecret } from './live/open-secret.ts';
export { NoSecretError, type Secret, type SecretLog, type SecretStatus } from './live/secret.ts';
export { type Stopwatch, startStopwatch } from './live/stopwatch.ts';
export type { Chore } from './live/upkeep.ts';
export type { LoadedSecret } from './load.ts';
export {
  noGeneration,
  type ObjectContent,
  reasonMetadata,
  rotationMetadata,
  writeObject,
  writerMetadata,
} from './object-write.ts';
export { quoteWords } from './quote.ts';
export {
  formatReference,
  objectUrl,
  parseKeyName,
  parseReference,
  type SecretReference,
} from './reference.ts';
export { readRefusal } from './refusals.ts';
export { type Format, type SealOptions, seal, takesEnvelope, type Unsealed, unseal } from './seal.ts';
export { sealChunks, type UnsealedChunks, unsealChunks } from './seal-chunks.ts';
export type { JsonSchema, SecretFormat, SecretShape, ValueOf } from './shape.ts';
export { keyVersionMetadata, maxObjectBytes, readObject, type StoredObject } from './store.ts';
export { parseSecret } from './value.ts';
