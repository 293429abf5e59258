/** How credentials are replaced, for `npx cloud-run-identity rotate`: what a rotator is, and those that come with it. */
export { type HttpTokenOptions, httpToken } from './http-token.ts';
export {
  type PostgresKeys,
  type PostgresOptions,
  type PostgresUsersOptions,
  postgresPassword,
  postgresUsers,
} from './postgres.ts';
export { type Change, type Credential, type Rotator, RotatorError, type SecretValues } from './rotator.ts';
