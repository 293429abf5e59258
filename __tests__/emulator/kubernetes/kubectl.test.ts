import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../emulator/cloud.ts';

const isInstalled = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;

const container = `
console.log('revision ' + process.env.REVISION);
require('node:http').createServer((_, response) => response.end(process.env.REVISION)).listen(process.env.PORT, '127.0.0.1')`;

/** A Deployment that the restricted standard lets in, unless it is changed. */
function manifest(namespace: string, revision: string, securityContext: object = {}): object {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'web',
              image: 'example.com/web:1',
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [{ name: 'REVISION', value: revision }],
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                ...securityContext,
              },
            },
          ],
        },
      },
    },
  };
}

function restricted(name: string): object {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

const service = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

const title = `kubectl itself${isInstalled ? '' : ', not run: there is no kubectl on the PATH'}`;
describe.runIf(isInstalled)(title, () => {
  let cloud: LocalCloud;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'kubectl-'));
    const images = { '*': { command: [process.execPath, '-e', container] as const } };
    cloud = await startLocalCloud({ projectId: 'demo-project', images });
  });
  afterAll(async () => {
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command as a member, with a file for `-f -` where there is an input. */
  async function kubectl(args: string[], { input, as = cloud.owner }: { input?: object; as?: string } = {}) {
    const config = path.join(folder, `${as.replace(/\W/g, '-')}.json`);
    writeFileSync(config, JSON.stringify(await cloud.kubeconfigFor(as)));
    const manifests = path.join(folder, 'manifest.json');
    if (input) writeFileSync(manifests, JSON.stringify(input));
    const all = ['--kubeconfig', config, ...args, ...(input ? ['-f', manifests] : [])];
    return new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { ...process.env, HOME: folder, KUBECACHEDIR: path.join(folder, 'cache') };
      execFile('kubectl', all, { env, timeout: 60_000 }, (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      });
    });
  }

  const orders = ['-n', 'orders'];

  it('makes a restricted namespace, and a Deployment that is rolled out, restarted and rolled back', async () => {
    const items = [restricted('orders'), manifest('orders', 'one'), service('orders')];
    expect(await kubectl(['apply'], { input: { apiVersion: 'v1', kind: 'List', items } })).toMatchObject({
      code: 0,
      out: 'namespace/orders created\ndeployment.apps/web created\nservice/web created\n',
    });
    const rollout = await kubectl(['rollout', 'status', 'deploy/web', ...orders]);
    expect(rollout.out).toContain('deployment "web" successfully rolled out');
    expect((await kubectl(['get', 'deploy', 'web', ...orders])).out).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +1\/1 +1 +1 +\d+s\n$/,
    );
    expect((await kubectl(['logs', 'deploy/web', ...orders])).out).toBe('revision one\n');
    const page = ['get', '--raw', '/api/v1/namespaces/orders/services/http:web:http/proxy/'];
    expect((await kubectl(page)).out).toBe('one');

    const input = manifest('orders', 'two');
    expect((await kubectl(['apply'], { input })).out).toBe('deployment.apps/web configured\n');
    await kubectl(['rollout', 'status', 'deploy/web', ...orders]);
    expect((await kubectl(page)).out).toBe('two');
    expect((await kubectl(['apply'], { input })).out).toBe('deployment.apps/web unchanged\n');

    const other = await kubectl(['diff'], { input: manifest('orders', 'never') });
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining('+          value: never') });
    expect((await kubectl(['delete', 'deploy', 'web', '--dry-run=server', ...orders])).code).toBe(0);
    expect((await kubectl(page)).out).toBe('two');

    await kubectl(['rollout', 'undo', 'deploy/web', ...orders]);
    await kubectl(['rollout', 'status', 'deploy/web', ...orders]);
    expect((await kubectl(page)).out).toBe('one');
    const history = await kubectl(['rollout', 'history', 'deploy/web', ...orders]);
    expect(history.out.match(/^\d+/gm)).toEqual(['2', '3']);

    await kubectl(['rollout', 'restart', 'deploy/web', ...orders]);
    expect((await kubectl(['rollout', 'status', 'deploy/web', ...orders])).code).toBe(0);
    expect((await kubectl(['scale', 'deploy/web', '--replicas=2', ...orders])).out).toBe(
      'deployment.apps/web scaled\n',
    );
    await kubectl(['rollout', 'status', 'deploy/web', ...orders]);
    const described = await kubectl(['describe', 'deploy', 'web', ...orders]);
    expect(described.out).toContain('2 desired | 2 updated | 2 total | 2 available | 0 unavailable');
    expect(described.out).toContain('ScalingReplicaSet');

    expect((await kubectl(['delete', 'ns', 'orders'])).out).toBe('namespace "orders" deleted\n');
    expect((await kubectl(['get', 'pods', ...orders])).err).toContain('No resources found');
  });

  it('is warned of a Pod that is not restricted, of which the API server makes none', async () => {
    await kubectl(['apply'], { input: restricted('strict') });
    const applied = await kubectl(['apply'], { input: manifest('strict', 'one', { runAsNonRoot: false }) });
    expect(applied.err).toContain(
      'Warning: would violate PodSecurity "restricted:latest": runAsNonRoot != true (container "web" must not set securityContext.runAsNonRoot=false)',
    );
    const { out } = await kubectl(['get', 'deploy', 'web', '-n', 'strict', '-o', 'json']);
    expect(JSON.parse(out).status.conditions).toContainEqual(
      expect.objectContaining({
        type: 'ReplicaFailure',
        reason: 'FailedCreate',
        message: expect.stringContaining('is forbidden: violates PodSecurity "restricted:latest"'),
      }),
    );
  });

  it('applies on the server, and has a conflict with who changed a field since', async () => {
    const note = (data: object) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'note', namespace: 'default' },
      data,
    });
    const apply = ['apply', '--server-side', '--field-manager', 'one'];
    expect(await kubectl(apply, { input: note({ a: '1', b: '2' }) })).toMatchObject({
      out: 'configmap/note serverside-applied\n',
    });
    await kubectl(['patch', 'cm', 'note', '--type=merge', '-p', '{"data":{"a":"9"}}']);
    const refused = await kubectl(apply, { input: note({ a: '1' }) });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Apply failed with 1 conflict: conflict with "kubectl-patch": .data.a');
    expect((await kubectl([...apply, '--force-conflicts'], { input: note({ a: '1' }) })).code).toBe(0);
    const { out } = await kubectl(['get', 'cm', 'note', '-o', 'json']);
    expect(JSON.parse(out).data).toEqual({ a: '1' });
  });

  it('asks IAM what a member may do', async () => {
    const as = 'user:nobody@example.com';
    expect((await kubectl(['auth', 'can-i', 'create', 'pods'])).out).toBe('yes\n');
    expect((await kubectl(['auth', 'can-i', 'create', 'pods'], { as })).out).toBe(
      'no - requires one of ["container.pods.create"] permission(s).\n',
    );
    expect((await kubectl(['get', 'pods'], { as })).err).toContain(
      'Error from server (Forbidden): pods is forbidden: User "nobody@example.com" cannot list resource "pods" in API group "" in the namespace "default": requires one of ["container.pods.list"] permission(s).',
    );
  });
});
