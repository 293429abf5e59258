/**
 * Google Cloud on this machine, for tests and for development. Loading this module costs next to nothing: what a
 * running local cloud needs is loaded when one is started.
 */
import type { Applied, ApplyOptions } from './apply/apply.ts';
import type { LocalCloud, LocalCloudOptions } from './options.ts';

export type { Applied, ApplyOptions, Progress } from './apply/apply.ts';
export type { JsonObject } from './apply/configuration.ts';
export { ApplyError, UnsupportedConfigurationError } from './apply/errors.ts';
export { resolve as resolveExpressions, type Scope } from './apply/expressions.ts';
export type { ApplySource } from './apply/source.ts';
export type { AuditEntry } from './audit.ts';
export { type ClientEnvironmentOptions, clientEnvironment } from './client-environment.ts';
export { NAMED_FAULTS, type NamedFault } from './faults/named.ts';
export type { ActiveFault, Fault, FaultEffect, Faults } from './faults.ts';
export type { RequestLogEntry } from './http/request-log.ts';
export type { LocalPrincipal } from './local.ts';
export type { LocalCloud, LocalCloudOptions } from './options.ts';
export { StateFileError } from './persistence.ts';
export type { PrincipalClients } from './principal-clients.ts';
export type { ReadyFile } from './ready-file.ts';
export { freePort } from './run/free-port.ts';
export { type LocalImage, repositoryOf } from './run/images.ts';
export type { ContainerLogEntry } from './run/revision.ts';

/**
 * Starts Google Cloud on this machine, on loopback: Cloud Storage, Cloud KMS, IAM, Cloud Run, the metadata server and
 * as much of Service Usage, Resource Manager and Artifact Registry as a deployment needs. Every request is authorized:
 * bearer token → principal → roles → permissions → conditions.
 * @throws Error with code EADDRINUSE when the port is taken; StateFileError when the data directory cannot be used; as
 *   `applyStack` does for what is to be applied. Nothing runs on then
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const cloud = await import('./cloud.ts');
  return cloud.startLocalCloud(options);
}

/**
 * Brings a local cloud to the state that a synthesized stack describes, with the calls that Terraform's Google provider
 * makes. What exists already is adopted and updated; nothing is deleted.
 * @throws UnsupportedConfigurationError before the first request, for everything that it does not know
 * @throws ApplyError naming the resource that failed; AggregateError of these when several did
 */
export async function applyStack(options: ApplyOptions): Promise<Applied> {
  const apply = await import('./apply/apply.ts');
  return apply.applyStack(options);
}
