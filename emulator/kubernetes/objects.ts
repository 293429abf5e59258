/** Fields of an object, of whichever kind. */
// biome-ignore lint/suspicious/noExplicitAny: objects have the shapes of many kinds; they are looked at field by field.
export type Fields = Record<string, any>;

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface ObjectMeta extends Fields {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: ManagedFields[];
}

/** Who wrote which fields last. */
export interface ManagedFields {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Fields;
  subresource?: string;
}

/** An object as it is stored. Never changed in place: whoever changes it stores another. */
export interface KubernetesObject extends Fields {
  kind: string;
  apiVersion: string;
  metadata: ObjectMeta;
}

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same value without the fields that are null, as Go's types write it. */
export function withoutNulls<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNulls) as Value;
  if (!isFields(value)) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, withoutNulls(field)])) as Value;
}

/** A time as Kubernetes writes it: RFC 3339, to the second. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** JSON that is the same for the same value, in whichever order its fields were written. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner) => {
    if (!isFields(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
