import { KubernetesError } from './errors.ts';
import type { Fields } from './objects.ts';

/** The media type in which kubectl's commands with kinds of their own send what they make. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** Before a message stands `k8s` and a zero byte; around it a runtime.Unknown, whose second field it is. */
export function readEnvelope(body: Buffer): Buffer {
  return fieldsOf(body.subarray(4), 2)[0] ?? Buffer.alloc(0);
}

/** The text of a length-delimited field; empty where it is missing. */
export function textOf(message: Buffer, number: number): string {
  return fieldsOf(message, number)[0]?.toString() ?? '';
}

/** The contents of each length-delimited field of that number. */
export function fieldsOf(message: Buffer, number: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      if (Math.floor(tag / 8) === number) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}

/** Kinds that `kubectl create` makes of their name, labels and a map only. */
const SIMPLE_KINDS = ['Namespace', 'ServiceAccount', 'ConfigMap'];

/**
 * Reads an object that came as protobuf
 * (https://github.com/kubernetes/api/blob/master/core/v1/generated.proto).
 * @throws KubernetesError UnsupportedMediaType for a kind that is not read so, with what to do
 */
export function readProtobufObject(kind: string, body: Buffer): Fields {
  if (!SIMPLE_KINDS.includes(kind)) {
    throw new KubernetesError(
      'UnsupportedMediaType',
      `the local cluster reads a ${kind} as JSON or YAML only: add --dry-run=client -o yaml to the command, and pipe it into kubectl apply -f -`,
    );
  }
  const message = readEnvelope(body);
  const [metadata = Buffer.alloc(0)] = fieldsOf(message, 1);
  const labels = mapOf(metadata, 11);
  const annotations = mapOf(metadata, 12);
  return {
    metadata: {
      name: textOf(metadata, 1),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    ...(kind === 'ConfigMap' && { data: mapOf(message, 2) }),
  };
}

function mapOf(message: Buffer, number: number): Record<string, string> {
  return Object.fromEntries(fieldsOf(message, number).map((entry) => [textOf(entry, 1), textOf(entry, 2)]));
}
