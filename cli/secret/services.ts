import { resolve } from '../../emulator/apply/expressions.ts';
import { CommandError } from '../errors.ts';
import { type CloudRunService, environmentVariable } from '../local/stacks.ts';
import type { SynthesizedStack } from '../local/synthesize.ts';
import { synthesizeTemporarily } from '../local/synthesize-temporarily.ts';

/** A service with its secret, as the settings declare it. */
export interface DeclaredService {
  readonly name: string;
  readonly projectId: string;
  readonly region: string;
  /** Email of the service account that it runs as. */
  readonly identity: string;
  readonly bucket: string;
  readonly object: string;
  /** Full resource name of the key that it decrypts with. */
  readonly key: string;
  /** Whether anyone may invoke it. */
  readonly isPublic: boolean;
}

type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/**
 * The services that the settings (cdktf.json and environment) lead to, read from what they synthesize to: there is one
 * source for names, and it is the deployment's.
 *
 * @param projectDirectory folder of cdktf.json
 * @throws CommandError with the settings' own message when they are wrong
 */
export async function declaredServices(projectDirectory: string): Promise<DeclaredService[]> {
  // A policy that does not hold must not stand in the way of whoever mends it.
  const stacks = await synthesizeTemporarily(projectDirectory, {}, { ignoresPolicies: true });
  const stack = stacks.get('cloud-run-identity');
  if (!stack) throw new Error('main.ts must make the stack cloud-run-identity');
  return servicesOf(stack);
}

/**
 * Chooses the one service of that name, or the only one.
 *
 * @throws CommandError that lists the services when there is none of that name, or several and no name
 */
export function chooseService(services: readonly DeclaredService[], name?: string): DeclaredService {
  const [only, ...others] = services;
  const chosen = name === undefined && others.length === 0 ? only : services.find((one) => one.name === name);
  if (chosen) return chosen;
  const names = services.map((one) => one.name).join(', ');
  const problem = name === undefined ? 'The settings have several services' : `There is no service ${name}`;
  throw new CommandError(`${problem}: choose one of ${names} with --service.`);
}

/** Every Cloud Run service of a synthesized stack, with its references resolved as far as they are names. */
export function servicesOf({ json }: Pick<SynthesizedStack, 'json'>): DeclaredService[] {
  const { provider, resource } = json as { provider: { google: [{ project: string }] }; resource: Resources };
  const projectId = provider.google[0].project;
  const attributes = (address: string) => attributesOf(resource, projectId, address);
  const resolved = <Value>(value: Value) => resolve(value, { moduleDirectory: '', attributes }) as Value;
  const publicServices = Object.values(resource.google_cloud_run_service_iam_member ?? {})
    .filter(({ member }) => member === 'allUsers')
    .map(({ service }) => resolved(service));
  return Object.values(resource.google_cloud_run_service ?? {}).map((service) => {
    const { name, location, template } = service as unknown as CloudRunService & { name: string };
    const declared = resolved({ location, template }) as CloudRunService;
    return {
      name,
      projectId,
      region: location,
      identity: declared.template.spec.service_account_name,
      bucket: environmentVariable(declared, 'BUCKET_NAME'),
      object: environmentVariable(declared, 'OBJECT_NAME'),
      key: environmentVariable(declared, 'KMS_KEY_ID'),
      isPublic: publicServices.includes(name),
    };
  });
}

/** What is known of a resource before it is made: its arguments, and a service account's email. */
function attributesOf(resources: Resources, projectId: string, address: string) {
  const [type = '', name = ''] = address.split('.');
  const args = resources[type]?.[name] ?? {};
  if (type !== 'google_service_account') return args;
  return { ...args, email: `${args.account_id}@${projectId}.iam.gserviceaccount.com` };
}
