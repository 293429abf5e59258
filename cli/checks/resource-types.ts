/** Types of resources as conditions know them (https://cloud.google.com/iam/docs/conditions-resource-attributes). */
const TYPES: readonly (readonly [name: RegExp, type: string])[] = [
  [/^\/\/storage\.googleapis\.com\/.*\/objects\//, 'storage.googleapis.com/Object'],
  [/^\/\/storage\.googleapis\.com\//, 'storage.googleapis.com/Bucket'],
  [/^\/\/cloudkms\.googleapis\.com\/.*\/cryptoKeyVersions\//, 'cloudkms.googleapis.com/CryptoKeyVersion'],
  [/^\/\/cloudkms\.googleapis\.com\/.*\/cryptoKeys\//, 'cloudkms.googleapis.com/CryptoKey'],
  [/^\/\/cloudkms\.googleapis\.com\//, 'cloudkms.googleapis.com/KeyRing'],
  [/^\/\/run\.googleapis\.com\//, 'run.googleapis.com/Service'],
  [/^\/\/iam\.googleapis\.com\//, 'iam.googleapis.com/ServiceAccount'],
  [/^\/\/cloudresourcemanager\.googleapis\.com\//, 'cloudresourcemanager.googleapis.com/Project'],
];

/** What a condition sees of a resource. */
export interface DescribedResource {
  /** Relative, such as `projects/_/buckets/B/objects/O`. */
  readonly name: string;
  /** Such as `storage.googleapis.com`. */
  readonly service: string;
  /** Such as `storage.googleapis.com/Object`; undefined for one that is not known here. */
  readonly type: string | undefined;
}

/** Describes a resource to conditions. @param fullName such as `//storage.googleapis.com/projects/_/buckets/B` */
export function describedResource(fullName: string): DescribedResource {
  const [, , service = '', ...rest] = fullName.split('/');
  const [, type] = TYPES.find(([pattern]) => pattern.test(fullName)) ?? [];
  return { name: rest.join('/'), service, type };
}
