import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLocalCloud } from '@cloud-run-identity/local-cloud';
import { GoogleAuth, OAuth2Client } from 'google-auth-library';
import { observe, report } from './conformance/run.ts';

/** `npm run conformance -- --project P`: looks what Google does, compares with the local cloud, writes conformance.md. */
const { project } = parseArgs({ options: { project: { type: 'string' } } }).values;
if (!project) {
  console.error('Usage: npm run conformance -- --project PROJECT');
  process.exit(2);
}
const auth = new GoogleAuth({
  scopes: [
    'https://www.googleapis.com/auth/cloud-platform',
    'https://www.googleapis.com/auth/userinfo.email',
  ],
  projectId: project,
});
const token = async () => (await auth.getAccessToken()) ?? '';
const google = await observe({
  projectId: project,
  token,
  member: async () => {
    const { email = '' } = await new OAuth2Client().getTokenInfo(await token());
    return `${email.endsWith('gserviceaccount.com') ? 'serviceAccount' : 'user'}:${email}`;
  },
  patienceMilliseconds: 180_000,
});
const cloud = await startLocalCloud({ projectId: 'conformance-local' });
const local = await observe({
  projectId: cloud.projectId,
  endpoint: cloud.url,
  token: async () => cloud.tokenFor(cloud.owner),
  member: async () => cloud.owner,
});
await cloud.close();
writeFileSync('conformance.md', report(google, local));
for (const name of google.left) console.error(`Could not be removed: ${name}`);
console.log('Wrote conformance.md');
