import { expect, test } from 'vitest';
import { repositoryOf } from '../../emulator/run/images.ts';

test.each([
  ['us-docker.pkg.dev/p/r/i', 'us-docker.pkg.dev/p/r/i'],
  ['us-docker.pkg.dev/p/r/i:latest', 'us-docker.pkg.dev/p/r/i'],
  ['us-docker.pkg.dev/p/r/i@sha256:00', 'us-docker.pkg.dev/p/r/i'],
  ['us-docker.pkg.dev/p/r/i:v1@sha256:00', 'us-docker.pkg.dev/p/r/i'],
  ['localhost:5000/i', 'localhost:5000/i'],
  ['localhost:5000/i:v1', 'localhost:5000/i'],
])('the repository of %s is %s', (image, repository) => {
  expect(repositoryOf(image)).toBe(repository);
});
