import { type LocalCloud, startLocalCloud } from '../../emulator/cloud.ts';

/**
 * A local cloud in a process of its own, so that whoever asks it has another core: `node bench/cloud/server.ts
 * [DATA_DIRECTORY]`. Prints its address and a token for each principal as one line of JSON.
 */
export interface RunningCloud {
  readonly url: string;
  /** Access tokens by member. */
  readonly tokens: Readonly<Record<Member, string>>;
}

/** The principals: who sets the cloud up, who may read one object and decrypt, and who may do nothing. */
export const MEMBERS = {
  owner: 'user:owner@example.com',
  reader: 'user:reader@example.com',
  stranger: 'user:stranger@example.com',
} as const;

type Member = keyof typeof MEMBERS;

if (import.meta.main) {
  const [dataDirectory] = process.argv.slice(2);
  const cloud = await startLocalCloud({
    projectId: 'bench-project',
    ...(dataDirectory && { dataDirectory }),
  });
  console.log(JSON.stringify({ url: cloud.url, tokens: tokensOf(cloud) } satisfies RunningCloud));
}

function tokensOf(cloud: LocalCloud): RunningCloud['tokens'] {
  const { owner, reader, stranger } = MEMBERS;
  const tokenFor = (member: string) => cloud.tokenFor(member, { lifetimeSeconds: 24 * 60 * 60 });
  return { owner: tokenFor(owner), reader: tokenFor(reader), stranger: tokenFor(stranger) };
}
