import { isUnknown } from '../terraform/values.ts';
import { blocks, text } from './blocks.ts';
import { podContainers, WORKLOAD_TYPE, workloadAccount, workloadName } from './gke.ts';
import { bucketResourceName } from './grant-targets.ts';
import type { Service } from './model.ts';
import type { ReviewedResource } from './resources.ts';
import { type CloudRun, cloudRunOf } from './run-types.ts';

/** Who a service without a service account runs as: an Editor of the project, unless an organization forbids it. */
const DEFAULT_IDENTITY = 'the default compute service account';

/** Everything that runs code on Cloud Run or GKE, with what its environment says about its secrets. */
export function servicesOf(resources: readonly ReviewedResource[]): Service[] {
  return [
    ...resources.flatMap((resource) => {
      const run = cloudRunOf(resource);
      return run ? [serviceOf(resource, run)] : [];
    }),
    ...resources.filter(({ type }) => WORKLOAD_TYPE.test(type)).map((one) => workloadOf(one, resources)),
  ];
}

function serviceOf({ stack, address, path }: ReviewedResource, run: CloudRun): Service {
  const environments = run.containers.map(environmentOf);
  return {
    name: run.name,
    identity: identityOf(run.account),
    image: run.containers.map(({ image }) => String(image)).join(', '),
    pageValues: pageValuesOf(environments),
    secrets: environments.flatMap(secretsNamedBy),
    ...{ stack, address, path },
  };
}

function workloadOf(resource: ReviewedResource, resources: readonly ReviewedResource[]): Service {
  const { stack, address, path } = resource;
  const containers = podContainers(resource);
  const environments = containers.map(environmentOf);
  const account = workloadAccount(resource, resources);
  return {
    name: workloadName(resource),
    identity: account === undefined ? 'its Kubernetes service account' : identityOf(account),
    image: containers.map(({ image }) => String(image)).join(', '),
    pageValues: pageValuesOf(environments),
    secrets: environments.flatMap(secretsNamedBy),
    ...{ stack, address, path },
  };
}

/** The principal that a service runs as. */
function identityOf(account: unknown): string {
  const known = isUnknown(account) ? (account.sameAs ?? account.text) : account;
  if (typeof known !== 'string' || known === '') return DEFAULT_IDENTITY;
  const email = known.split('/').at(-1) ?? known;
  return `serviceAccount:${isUnknown(account) && account.sameAs === undefined ? known : email.toLowerCase()}`;
}

type Environment = Readonly<Record<string, unknown>>;

function environmentOf({ env }: Readonly<Record<string, unknown>>): Environment {
  return Object.fromEntries(blocks(env).map(({ name, value }) => [String(name), value]));
}

/** The most that any container shows; an expression may be anything. */
function pageValuesOf(environments: readonly Environment[]): string | null {
  const values = environments.map(({ PAGE_VALUES: value }) => value).filter((value) => value !== undefined);
  const shown = values.map((value) => text(value) ?? 'revealed');
  return shown.find((value) => value === 'revealed') ?? shown[0] ?? null;
}

/** `gs://BUCKET/OBJECT?key=KEY`, whatever else is said of it behind that. */
const REFERENCE = /^gs:\/\/([^/]+)\/([\s\S]+)\?key=(projects\/[^&]+)/;

/**
 * The first secret of a service is three variables; each further one is a reference in one variable. Object names may
 * hold anything, so the last `?key=projects/` is the one that splits.
 */
function secretsNamedBy(environment: Environment): Service['secrets'] {
  const { BUCKET_NAME: bucket, OBJECT_NAME: object, KMS_KEY_ID: key } = environment;
  const isComplete = bucket !== undefined && object !== undefined && key !== undefined;
  const first = isComplete ? [secretAt(String(bucket), String(object), String(key))] : [];
  const others = Object.entries(environment).flatMap(([name, value]) => {
    const [, inBucket, named, withKey] = (name.startsWith('SECRET_') && REFERENCE.exec(String(value))) || [];
    return inBucket && named && withKey ? [secretAt(inBucket, named, withKey)] : [];
  });
  return [...first, ...others];
}

function secretAt(bucket: string, object: string, key: string): Service['secrets'][number] {
  return { object: `${bucketResourceName(bucket)}/objects/${object}`, key };
}
