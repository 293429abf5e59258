import { Agent, type IncomingHttpHeaders, request } from 'node:http';

const agent = new Agent({ keepAlive: true });
const { GCE_METADATA_HOST, API_ENDPOINT, BUCKET_NAME, OBJECT_NAME = '', KMS_KEY_ID } = process.env;

/**
 * The least that a program can do for its config: a token of the metadata server, one read, one decryption, by hand;
 * no retries, no checksums, no checks. With the address of the APIs in API_ENDPOINT it is what the service is measured
 * against.
 *
 * @returns a page that shows the config
 */
export async function loadPage(): Promise<string> {
  const tokenUrl = `http://${GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`;
  const token = JSON.parse(String(await call('GET', tokenUrl, { 'metadata-flavor': 'Google' })));
  const headers = { authorization: `Bearer ${token.access_token}` };
  const object = `${API_ENDPOINT}/storage/v1/b/${BUCKET_NAME}/o/${encodeURIComponent(OBJECT_NAME)}?alt=media`;
  const ciphertext = (await call('GET', object, headers)).toString('base64');
  const answer = JSON.parse(
    String(
      await call(
        'POST',
        `${API_ENDPOINT}/kms/v1/${KMS_KEY_ID}:decrypt`,
        { ...headers, 'content-type': 'application/json' },
        JSON.stringify({ ciphertext }),
      ),
    ),
  );
  const config = JSON.parse(Buffer.from(answer.plaintext, 'base64').toString()) as Record<string, string>;
  const rows = Object.entries(config).map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`);
  return `<!doctype html><title>Config</title><table>${rows.join('')}</table>`;
}

function call(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  body?: string,
): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', reject);
    })
      .on('error', reject)
      .end(body);
  });
}
