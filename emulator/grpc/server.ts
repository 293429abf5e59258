import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { fromProto3JSON, toProto3JSON } from 'proto3-json-serializer';
import type protobuf from 'protobufjs';
import { unguessably } from '../http/loopback.ts';
import { request as httpRequest } from '../http/node-http.ts';
import { type Protos, readProtos } from './protos.ts';
import { type HttpCall, type HttpRule, transcode } from './transcoding.ts';

/** What a gRPC server stands before. */
export interface GrpcOptions {
  /** Address of the APIs over HTTP. */
  readonly url: string;
  /** The token of a call that has none. */
  readonly token: () => string;
}

type JsonObject = Readonly<Record<string, unknown>>;
type Call = ServerUnaryCall<protobuf.Message, protobuf.Message>;

/** An error in the shape of Google's APIs. */
interface HttpError {
  readonly message: string;
  readonly status?: keyof typeof status;
  readonly details?: readonly (JsonObject & { readonly '@type': string })[];
}

/**
 * A gRPC server of Cloud KMS, Secret Manager and IAM policies, which sends each call on to the HTTP API: the same checks,
 * policies, faults and log. It takes insecure connections and does not listen yet.
 */
export function createGrpcServer(options: GrpcOptions): Server {
  const protos = readProtos();
  const server = new Server({ 'grpc.max_receive_message_length': 1024 * 1024 });
  for (const service of protos.services) {
    const handlers: Record<string, UntypedHandleCall> = {};
    const definition: Record<string, ServiceDefinition[string]> = {};
    for (const method of service.methodsArray) {
      method.resolve();
      const rule = ruleOf(method);
      const [asked, answered] = [method.resolvedRequestType, method.resolvedResponseType];
      if (!rule || !asked || !answered) continue;
      definition[method.name] = {
        path: `/${service.fullName.slice(1)}/${method.name}`,
        requestStream: false,
        responseStream: false,
        ...serialization(asked, 'request'),
        ...serialization(answered, 'response'),
      } as ServiceDefinition[string];
      handlers[method.name] = (call: Call, callback: sendUnaryData<protobuf.Message>) => {
        handle(options, protos, call, rule, answered).then(
          (message) => callback(null, message),
          (error: object) => callback(error),
        );
      };
    }
    server.addService(definition, handlers);
  }
  return server;
}

/** Starts it on an address that nobody can guess. @returns the address, `HOST:PORT` */
export function listenGrpc(server: Server): Promise<string> {
  return unguessably(
    (host) =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${host}:0`, ServerCredentials.createInsecure(), (error, port) =>
          error ? reject(error) : resolve(`${host}:${port}`),
        );
      }),
  );
}

async function handle(
  { url, token }: GrpcOptions,
  protos: Protos,
  call: Call,
  rule: HttpRule,
  answered: protobuf.Type,
): Promise<protobuf.Message> {
  const http = transcode(rule, (toProto3JSON(call.request) ?? {}) as JsonObject);
  if (!http)
    throw failure(protos, {
      message: 'The request names no resource of the method.',
      status: 'INVALID_ARGUMENT',
    });
  const [given] = call.metadata.get('authorization');
  const answer = await send(url, http, String(given ?? `Bearer ${token()}`)).catch((error: Error) => {
    throw failure(protos, { message: error.message, status: 'UNAVAILABLE' });
  });
  if (answer.error) throw failure(protos, answer.error);
  return fromProto3JSON(answered, answer.body as never) as protobuf.Message;
}

/** IAM's rules are general; Cloud KMS reads a policy by GET, and takes the version in the query. */
function ruleOf(method: protobuf.Method): HttpRule | undefined {
  const options = (method.parsedOptions ?? []) as Record<string, HttpRule>[];
  const rule = options.find((option) => '(google.api.http)' in option)?.['(google.api.http)'];
  return rule?.post?.endsWith(':getIamPolicy') ? { get: rule.post } : rule;
}

function serialization(type: protobuf.Type, side: 'request' | 'response') {
  return {
    [`${side}Serialize`]: (message: protobuf.Message) => Buffer.from(type.encode(message).finish()),
    [`${side}Deserialize`]: (bytes: Buffer) => type.decode(bytes),
  };
}

function send(url: string, { method, url: path, body }: HttpCall, authorization: string) {
  return new Promise<{ readonly body: unknown; readonly error?: HttpError }>((resolve, reject) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const asked = httpRequest(url + path, { method: method.toUpperCase(), headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          const json = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { error?: HttpError };
          resolve({ body: json, ...(json.error && { error: json.error }) });
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The error as gRPC carries it: a code, a message, and google.rpc.Status with its details. */
function failure(protos: Protos, { message, status: name = 'UNKNOWN', details = [] }: HttpError): object {
  const isMissing = message.endsWith('the local cloud does not emulate it.');
  const code = isMissing ? status.UNIMPLEMENTED : (status[name] ?? status.UNKNOWN);
  const packed = details.flatMap(({ '@type': typeUrl, ...detail }) => {
    const type = protos.detail(typeUrl.replace(/^.*\//, ''));
    if (!type) return [];
    return [
      {
        type_url: typeUrl,
        value: type.encode(fromProto3JSON(type, detail as never) as protobuf.Message).finish(),
      },
    ];
  });
  const metadata = new Metadata();
  const bytes = protos.status.encode(protos.status.fromObject({ code, message, details: packed })).finish();
  metadata.set('grpc-status-details-bin', Buffer.from(bytes));
  return { code, details: message, metadata };
}
