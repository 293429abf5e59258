import { bucketResourceName } from './grant-targets.ts';
import type { Access, Exposure, Service, Target } from './model.ts';
import { compareText, type ReviewedResource } from './resources.ts';
import { type CloudRun, cloudRunOf } from './run-types.ts';

const EVERYONE = new Set(['allUsers', 'allAuthenticatedUsers']);

/** Who reaches the services, buckets and keys of these stacks from the internet. */
export function exposureOf(
  resources: readonly ReviewedResource[],
  services: readonly Service[],
  access: readonly Access[],
): Exposure[] {
  const publicGrants = access.filter(({ principal }) => EVERYONE.has(principal));
  const openedTo = Map.groupBy(publicGrants, ({ resource }) => resource.name);
  const serviceByOrigin = new Map(
    services.map((service) => [`${service.stack} ${service.address}`, service]),
  );
  const exposures = resources.flatMap((resource) => {
    const service = serviceByOrigin.get(`${resource.stack} ${resource.address}`);
    const run = cloudRunOf(resource);
    if (service && run?.ingress !== undefined) return [serviceExposure(service, run, openedTo)];
    return resource.type === 'google_storage_bucket' ? [bucketExposure(resource, openedTo)] : [];
  });
  const covered = new Set(exposures.map(({ resource }) => resource.name));
  const others = publicGrants.filter(({ resource }) => !covered.has(resource.name)).map(otherExposure);
  return [...exposures, ...others].sort((a, b) => compareText(a.resource.name, b.resource.name));
}

type Opened = ReadonlyMap<string, readonly Access[]>;

/** What the page shows to whoever may open it. */
function shownBy({ pageValues }: Service): string {
  if (pageValues === 'revealed') return 'The page shows every value of the secret in clear.';
  if (pageValues === 'hidden') return 'The page masks every value of the secret.';
  if (pageValues === 'masked') return 'The page masks the password and shows the other values.';
  return 'What it answers is for its own code to decide.';
}

function serviceExposure(service: Service, run: CloudRun, opened: Opened): Exposure {
  const { name, stack, address, path } = service;
  const project = name.split('/').slice(0, 2).join('/');
  // A function answers as the service of its name.
  const names = [name, name.replace('/functions/', '/services/'), project];
  const rows = [...new Set(names)].flatMap((one) => opened.get(one) ?? []);
  const members = [
    ...new Set([...rows.map(({ principal }) => principal), ...(run.unchecked ? ['allUsers'] : [])]),
  ].sort(compareText);
  const kind = `Cloud Run ${run.kind}`;
  const origin = { resource: { kind, name } satisfies Target, stack, address, path };
  const { ingress } = run;
  if (ingress === 'internal') {
    const explanation = `Ingress is "${ingress}": Cloud Run answers nobody who comes from the internet.`;
    return { ...origin, level: 'internal', explanation: `${explanation} ${shownBy(service)}` };
  }
  const through = ingress === 'all' ? '' : ` Ingress is "${ingress}".`;
  if (members.length > 0) {
    const explanation = `${members.join(' and ')} may open it.${through} ${shownBy(service)}`;
    return { ...origin, level: 'public', explanation };
  }
  const explanation =
    'Its address answers on the internet, but Cloud Run refuses every request without a token of a principal that ' +
    'may invoke it (403).';
  return { ...origin, level: 'granted', explanation: `${explanation}${through} ${shownBy(service)}` };
}

function bucketExposure({ known, stack, address, path }: ReviewedResource, opened: Opened): Exposure {
  const name = bucketResourceName(String(known.name));
  const origin = { resource: { kind: 'bucket', name }, stack, address, path };
  if (known.public_access_prevention === 'enforced') {
    const explanation = 'Public access prevention is enforced: Google refuses to open it to everyone.';
    return { ...origin, level: 'granted', explanation };
  }
  if (opened.has(name)) {
    return { ...origin, level: 'public', explanation: 'A grant below opens it to everyone.' };
  }
  const explanation = 'Nothing opens it to everyone today, but public access prevention is not enforced.';
  return { ...origin, level: 'openable', explanation };
}

function otherExposure({ principal, role, resource, stack, address, path }: Access): Exposure {
  return { resource, level: 'public', explanation: `${principal} has ${role}.`, stack, address, path };
}
