/** Reading, decrypting, keeping fresh and writing one secret. */
export { SecretError } from './errors.ts';
