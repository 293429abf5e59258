import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import protobuf from 'protobufjs';

const require = createRequire(import.meta.url);

/** Google's published protocol buffers, as the packages of its libraries ship them. */
export interface Protos {
  /** The services that are served, with their messages. */
  readonly services: readonly protobuf.Service[];
  /** google.rpc.Status, and the kinds of details that it may hold. */
  readonly status: protobuf.Type;
  /** The type of a detail by its name, e.g. `google.rpc.ErrorInfo`; undefined if there is none. */
  readonly detail: (name: string) => protobuf.Type | undefined;
}

/** Reads the protocol buffers of Cloud KMS, Secret Manager, IAM policies and errors. Takes some 100 ms. */
export function readProtos(): Protos {
  const serviceIn = (json: protobuf.INamespace, name: string) =>
    protobuf.Root.fromJSON(json).lookupService(name);
  const kms = require('@google-cloud/kms/build/protos/protos.json');
  const secretManager = require('@google-cloud/secret-manager/build/protos/protos.json');
  // google-gax exports no file of its own but its entry point.
  const gax = path.join(path.dirname(require.resolve('google-gax')), '..', 'protos');
  const rootIn = (file: string) =>
    protobuf.Root.fromJSON(JSON.parse(readFileSync(path.join(gax, file), 'utf8')) as protobuf.INamespace);
  const errors = rootIn('status.json');
  return {
    services: [
      serviceIn(kms, 'google.cloud.kms.v1.KeyManagementService'),
      serviceIn(secretManager, 'google.cloud.secretmanager.v1.SecretManagerService'),
      rootIn('iam_service.json').lookupService('google.iam.v1.IAMPolicy'),
    ],
    status: errors.lookupType('google.rpc.Status'),
    detail: (name) => {
      const found = errors.lookup(name);
      return found instanceof protobuf.Type ? found : undefined;
    },
  };
}
