import { AnswerError, type Failure, statusOfName, statusOfNumber } from '../google-failure.ts';
import type { HttpAnswer } from './http.ts';

/** What the APIs here answer in JSON: https://google.aip.dev/193, or the result. */
type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON of an answer.
 *
 * @throws AnswerError for an answer that is not 2xx, in the API's own words, and for one that is not JSON
 */
export function readJson(answer: HttpAnswer): Json {
  if (answer.status < 200 || answer.status > 299) throw new AnswerError(failureOf(answer));
  const json = parseJson(answer.body);
  if (json) return json;
  // Like a connection that broke: the next attempt may bring it whole.
  throw new AnswerError({ status: 'UNAVAILABLE', message: 'the answer is not JSON', reason: undefined });
}

/** What an answer that is not 2xx says, in JSON or in the XML of Cloud Storage's XML API. */
export function failureOf({ status, headers, body }: HttpAnswer): Failure {
  const error = parseJson(body)?.error;
  if (isJson(error)) return failureOfJson(status, error);
  const isXml = /\bxml\b/.test(headers['content-type'] ?? '');
  const xml = isXml ? body.toString() : '';
  const message = xmlMessage(xml) ?? `HTTP status ${status}`;
  return { status: statusOfNumber(status), message, reason: xmlText(xml, 'Code') };
}

function failureOfJson(httpStatus: number, error: Json): Failure {
  const named = typeof error.status === 'string' ? statusOfName(error.status) : undefined;
  const details = Array.isArray(error.details) ? error.details.filter(isJson) : [];
  const info = details.find(({ '@type': type }) => String(type).endsWith('google.rpc.ErrorInfo'));
  const [first] = Array.isArray(error.errors) ? error.errors.filter(isJson) : [];
  const reason = info?.reason ?? first?.reason;
  const consumer = isJson(info?.metadata) ? info.metadata.consumer : undefined;
  return {
    status: named ?? statusOfNumber(httpStatus),
    message: typeof error.message === 'string' ? error.message : `HTTP status ${httpStatus}`,
    reason: typeof reason === 'string' ? reason : undefined,
    consumer: typeof consumer === 'string' ? consumer : undefined,
  };
}

/** https://cloud.google.com/storage/docs/xml-api/reference-status: the details, where there are some, say who and what. */
function xmlMessage(xml: string): string | undefined {
  return xmlText(xml, 'Details') ?? xmlText(xml, 'Message');
}

function xmlText(xml: string, tag: string): string | undefined {
  return unescaped(new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]);
}

function unescaped(text: string | undefined): string | undefined {
  return text
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function parseJson(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isJson(value) ? value : undefined;
  } catch {
    // Its message would quote the answer, which may hold a plaintext.
    return undefined;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
