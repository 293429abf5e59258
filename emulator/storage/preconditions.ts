import type { FastifyRequest } from 'fastify';
import { GoogleApiError } from '../http/errors.ts';
import { integerParameter } from './parameters.ts';

/** Conditions on the current state under which alone a request is to be carried out. */
export interface Preconditions {
  readonly generationMatch?: number | undefined;
  readonly generationNotMatch?: number | undefined;
  readonly metagenerationMatch?: number | undefined;
  readonly metagenerationNotMatch?: number | undefined;
  readonly etagMatch?: string | undefined;
  readonly etagNotMatch?: string | undefined;
}

/** What preconditions are compared with. */
export interface PreconditionState {
  /** An object's; undefined for a bucket, whose generation nobody compares. */
  readonly generation?: number;
  readonly metageneration: number;
  readonly etag: string;
}

/**
 * The preconditions of a request: `ifGenerationMatch` and its like, `If-Match`, `If-None-Match`.
 * @throws GoogleApiError INVALID_ARGUMENT for what is not a number
 */
export function preconditionsOf(request: FastifyRequest): Preconditions {
  return {
    ...numericPreconditions(request, 'if'),
    etagMatch: request.headers['if-match'],
    etagNotMatch: request.headers['if-none-match'],
  };
}

/** The preconditions on the source of a copy: `ifSourceGenerationMatch` and its like. */
export function sourcePreconditionsOf(request: FastifyRequest): Preconditions {
  return numericPreconditions(request, 'ifSource');
}

function numericPreconditions(request: FastifyRequest, prefix: string): Preconditions {
  return {
    generationMatch: integerParameter(request, `${prefix}GenerationMatch`),
    generationNotMatch: integerParameter(request, `${prefix}GenerationNotMatch`),
    metagenerationMatch: integerParameter(request, `${prefix}MetagenerationMatch`),
    metagenerationNotMatch: integerParameter(request, `${prefix}MetagenerationNotMatch`),
  };
}

/**
 * Refuses a write whose preconditions do not hold.
 * Generation 0 stands for "there is none". Without a live object a NotMatch fails too.
 * Source: https://cloud.google.com/storage/docs/request-preconditions.
 * @param current undefined when there is no such object
 * @throws GoogleApiError 412 in Google's words
 */
export function checkWritePreconditions(
  conditions: Preconditions,
  current: PreconditionState | undefined,
): void {
  if (!matches(conditions, current)) throw conditionNotMet('If-Match');
  const asksNotMatch =
    conditions.generationNotMatch ?? conditions.metagenerationNotMatch ?? conditions.etagNotMatch;
  const isAbsentAsAsked = current === undefined && conditions.etagNotMatch === '*';
  if (asksNotMatch === undefined || isAbsentAsAsked) return;
  if (current === undefined || equalsExcluded(conditions, current)) throw conditionNotMet('If-None-Match');
}

/**
 * Checks the preconditions of a read.
 * @returns whether the client has the current state already: 304
 * @throws GoogleApiError 412 in Google's words
 */
export function isNotModified(conditions: Preconditions, current: PreconditionState): boolean {
  if (!matches(conditions, current)) throw conditionNotMet('If-Match');
  return equalsExcluded(conditions, current);
}

function matches(conditions: Preconditions, current: PreconditionState | undefined): boolean {
  const { generationMatch, metagenerationMatch, etagMatch } = conditions;
  if (generationMatch !== undefined && generationMatch !== (current?.generation ?? 0)) return false;
  if (metagenerationMatch !== undefined && metagenerationMatch !== current?.metageneration) return false;
  return etagMatch === undefined || (current !== undefined && includesEtag(etagMatch, current.etag));
}

function equalsExcluded(conditions: Preconditions, current: PreconditionState): boolean {
  const { generationNotMatch, metagenerationNotMatch, etagNotMatch } = conditions;
  if (generationNotMatch !== undefined && generationNotMatch === current.generation) return true;
  if (metagenerationNotMatch !== undefined && metagenerationNotMatch === current.metageneration) return true;
  return etagNotMatch !== undefined && includesEtag(etagNotMatch, current.etag);
}

/** Whether a header names the tag: Cloud Storage sends most of its tags without quotes and takes them back with or without. */
export function includesEtag(header: string, etag: string): boolean {
  return header.split(',').some((tag) => ['*', etag, `"${etag}"`].includes(tag.trim()));
}

/** The 412 of Cloud Storage. */
export function conditionNotMet(location: 'If-Match' | 'If-None-Match'): GoogleApiError {
  return new GoogleApiError(
    'FAILED_PRECONDITION',
    'At least one of the pre-conditions you specified did not hold.',
    { code: 412, reason: 'conditionNotMet', location: { locationType: 'header', location } },
  );
}
