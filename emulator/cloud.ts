import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Applied } from './apply/apply.ts';
import type { ApplySource } from './apply/source.ts';
import { assemble, type Parts } from './assemble.ts';
import { guard } from './http/guard.ts';
import { PrincipalEndpoints } from './http/principal-endpoints.ts';
import { GCLOUD_CLIENT } from './iam/tokens.ts';
import { kubeconfig } from './kubernetes.ts';
import { localApi } from './local.ts';
import type { LocalCloud, LocalCloudOptions } from './options.ts';
import { keepState, StateFile } from './persistence.ts';
import { clientsOf } from './principal-clients.ts';
import { writeReadyFile } from './ready-file.ts';
import { STAND_IN } from './run/stand-in.ts';
import { inWeather } from './weather.ts';

export type { LocalCloud, LocalCloudOptions } from './options.ts';
export type { LocalImage } from './run/images.ts';
export type { ContainerLogEntry } from './run/revision.ts';

/** Starts a local cloud; `startLocalCloud` of index.ts has the words. */
export async function startLocalCloud(given: LocalCloudOptions = {}): Promise<LocalCloud> {
  const options = inWeather(await applying(given));
  const { owner = 'user:owner@example.com', dataDirectory } = options;
  let url = '';
  const parts = assemble(options, () => url);
  const { app, state } = parts;
  const { projectId } = state.project;
  state.authorizer.add(`projects/${projectId}`, [{ role: 'roles/owner', members: [owner] }]);
  const admin = options.organizationAdmin ?? owner;
  state.authorizer.add(`organizations/${state.organizationId}`, [
    { role: 'roles/resourcemanager.organizationAdmin', members: [admin] },
    { role: 'roles/iam.organizationRoleAdmin', members: [admin] },
    { role: 'roles/iam.denyAdmin', members: [admin] },
    { role: 'roles/iam.securityReviewer', members: [admin] },
  ]);
  const cloud = cloudOf(parts, options, owner);
  app.register(localApi(state, cloud));
  const file = dataDirectory ? new StateFile(dataDirectory, projectId, state.persistent) : undefined;
  const load = file && keepState(app, file);
  if (file) parts.kubernetes.onWritten = () => file.save();
  try {
    await app.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0 });
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    if (load) await load();
    if (options.apply !== undefined) await cloud.apply(options.apply);
    if (options.readyFile) await announce(options.readyFile, cloud, parts);
  } catch (error) {
    await cloud.close();
    throw error;
  }
  return cloud;
}

async function applying(options: LocalCloudOptions): Promise<LocalCloudOptions> {
  return options.apply === undefined ? options : withDefaultsOf(options.apply, options);
}

async function withDefaultsOf(source: ApplySource, options: LocalCloudOptions): Promise<LocalCloudOptions> {
  const { enablesServices, providerOf, readStackSources } = await import('./apply/source.ts');
  const stacks = readStackSources(source);
  return {
    ...providerOf(stacks),
    ...(stacks.some(enablesServices) && { enabledServices: [] }),
    images: { '*': STAND_IN },
    ...options,
  };
}

async function announce(file: string, cloud: LocalCloud, { state, accounts }: Parts): Promise<void> {
  const members = [cloud.owner, ...accounts.list().map(({ email }) => `serviceAccount:${email}`)];
  const outputs = [...cloud.applied].map(([name, { outputs }]) => [name, outputs] as const);
  const { url, projectId, owner } = cloud;
  await writeReadyFile(
    file,
    { url, projectId, region: state.region, owner, outputs: Object.fromEntries(outputs) },
    members.map((member) => cloud.as(member)),
  );
}

function cloudOf(
  parts: Parts,
  { readyFile, userTokensNameAudience = true }: LocalCloudOptions,
  owner: string,
): LocalCloud {
  const { app, state, accounts, metadata, images, services, faults, kubernetes } = parts;
  const { tokens, audit, project } = state;
  const tokenFor: LocalCloud['tokenFor'] = (member, tokenOptions) =>
    tokens.accessToken(accounts.principalOf(member), tokenOptions);
  const namesAudience = (member: string) => userTokensNameAudience || !member.startsWith('user:');
  const identityTokenFor: LocalCloud['identityTokenFor'] = (member, audience) =>
    tokens.identityToken(accounts.principalOf(member), namesAudience(member) ? audience : GCLOUD_CLIENT);
  const endpoints = new PrincipalEndpoints(app, tokenFor, state.url);
  guard(app.server);
  const applied = new Map<string, Applied>();
  const close = async () => {
    if (readyFile) await rm(readyFile, { force: true });
    await endpoints.close();
    await services.close();
    await kubernetes.close();
    await metadata.close();
    await app.close();
  };
  const cloud: LocalCloud = {
    get url() {
      return state.url();
    },
    projectId: project.projectId,
    projectNumber: project.projectNumber,
    owner,
    images,
    faults,
    applied,
    apply: async (source) => {
      const [{ applyStacks }, { readStackSources }] = await Promise.all([
        import('./apply/apply.ts'),
        import('./apply/source.ts'),
      ]);
      const target = { url: state.url(), accessToken: tokenFor(owner) };
      const done = await applyStacks(readStackSources(source), { target });
      for (const [name, result] of done) applied.set(name, result);
      return done;
    },
    as: (member) => clientsOf(state, cloud, endpoints, member),
    auditLog: () => audit.entries(),
    tokenFor,
    identityTokenFor,
    metadataServerFor: (email) => metadata.addressFor(email),
    endpointFor: (member) => endpoints.addressFor(member),
    grpcEndpointFor: (member) => endpoints.grpcAddressFor(member),
    kubernetesUrl: async () => (await kubernetes.addresses()).url,
    kubernetesServiceUrl: async (namespace, name) =>
      (await kubernetes.addresses()).serviceUrl(namespace, name),
    kubeconfigFor: async (member) =>
      kubeconfig(await (await kubernetes.addresses()).endpointFor(member), member, tokenFor(member)),
    stop: close,
    close,
  };
  return cloud;
}
