import { expect, test } from 'vitest';
import { stagesOf } from '../../bench/support/server/dockerfile.ts';

test('a Dockerfile is read by stages: variables over several lines, commands and the entrypoint as lists', () => {
  const stages = stagesOf(`# a comment
ARG IMAGE=node
FROM \${IMAGE} AS first
ENV A=1 B=2 \\
    C=/app/c
RUN ["node", "--eval", "f('x', [1])"]
RUN npm ci
FROM first
ENV D=4
ENTRYPOINT ["node", "/app/server.cjs"]
`);
  expect(stages).toEqual([
    {
      name: 'first',
      environment: { A: '1', B: '2', C: '/app/c' },
      commands: [['node', '--eval', "f('x', [1])"]],
      entrypoint: undefined,
    },
    { name: undefined, environment: { D: '4' }, commands: [], entrypoint: ['node', '/app/server.cjs'] },
  ]);
});
