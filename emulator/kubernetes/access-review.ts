import { KubernetesError } from './errors.ts';
import { type Fields, isFields } from './objects.ts';
import { fieldsOf, readEnvelope, textOf } from './protobuf.ts';

/** What `kubectl auth can-i` asks. */
export interface ReviewedAttributes {
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/**
 * Reads a SelfSubjectAccessReview, as JSON or as the protobuf that kubectl sends.
 * https://github.com/kubernetes/api/blob/master/authorization/v1/generated.proto
 */
export function readAccessReview(body: unknown): ReviewedAttributes {
  const attributes = Buffer.isBuffer(body) ? ofProtobuf(body) : ofJson(body);
  if (!attributes) throw new KubernetesError('BadRequest', 'a review needs spec.resourceAttributes');
  return attributes;
}

/** The answer, which is JSON either way. */
export function accessReview(attributes: ReviewedAttributes, allowed: boolean, permission: string): Fields {
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: { resourceAttributes: attributes },
    status: allowed
      ? { allowed, reason: 'access granted by IAM permissions.' }
      : { allowed, reason: `requires one of ["${permission}"] permission(s).` },
  };
}

function ofJson(body: unknown): ReviewedAttributes | undefined {
  const attributes = isFields(body) ? body.spec?.resourceAttributes : undefined;
  if (!isFields(attributes)) return undefined;
  const { namespace = '', verb = '', group = '', resource = '', subresource = '', name = '' } = attributes;
  return { namespace, verb, group, resource, subresource, name };
}

/** The message's second field is the spec, whose first the attributes. */
function ofProtobuf(body: Buffer): ReviewedAttributes | undefined {
  const [spec] = fieldsOf(readEnvelope(body), 2);
  const [attributes] = spec ? fieldsOf(spec, 1) : [];
  if (!attributes) return undefined;
  return {
    namespace: textOf(attributes, 1),
    verb: textOf(attributes, 2),
    group: textOf(attributes, 3),
    resource: textOf(attributes, 5),
    subresource: textOf(attributes, 6),
    name: textOf(attributes, 7),
  };
}
