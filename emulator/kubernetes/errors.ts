import type { Kind } from './kinds.ts';
import type { Fields } from './objects.ts';

/** Reasons of https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/types.go and their HTTP codes. */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  ServiceUnavailable: 503,
} as const;

export type StatusReason = keyof typeof CODES;

/** An answer that is not 2xx: a Status of the kind Failure. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';
  readonly reason: StatusReason;
  readonly details: Fields | undefined;

  /**
   * @param message the API server's own words for this case
   * @param details name, group, kind and causes
   */
  constructor(reason: StatusReason, message: string, details?: Fields) {
    super(message);
    this.reason = reason;
    this.details = details;
  }

  get code(): number {
    return CODES[this.reason];
  }

  /** The body of the answer. */
  toStatus(): Fields {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, `pods`: how messages name a kind. */
export function resourceName({ plural, group }: Pick<Kind, 'plural' | 'group'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The details that name an object. */
export function detailsOf({ plural, group }: Pick<Kind, 'plural' | 'group'>, name: string): Fields {
  return { name, ...(group !== '' && { group }), kind: plural };
}

export function notFound(kind: Kind, name: string): KubernetesError {
  return new KubernetesError('NotFound', `${resourceName(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function alreadyExists(kind: Kind, name: string): KubernetesError {
  return new KubernetesError(
    'AlreadyExists',
    `${resourceName(kind)} "${name}" already exists`,
    detailsOf(kind, name),
  );
}

/** One field that is not as it has to be. */
export interface FieldProblem {
  readonly field: string;
  readonly reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueForbidden';
  /** E.g. `Required value`, `Invalid value: "x": must be no more than 63 characters`. */
  readonly message: string;
}

/** 422 with everything that is wrong with an object. */
export function invalid(kind: Kind, name: string, problems: readonly FieldProblem[]): KubernetesError {
  const said = problems.map(({ field, message }) => `${field}: ${message}`);
  const list = said.length === 1 ? said[0] : `[${said.join(', ')}]`;
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return new KubernetesError('Invalid', `${qualified} "${name}" is invalid: ${list}`, {
    name,
    ...(kind.group !== '' && { group: kind.group }),
    kind: kind.kind,
    causes: problems.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}
