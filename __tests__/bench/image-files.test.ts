import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withFolder } from '../../bench/support/folder.ts';
import { makeImageFiles } from '../../bench/support/server/image-files.ts';
import { startBenchScene } from '../../bench/support/server/scene.ts';
import { startServer } from '../../bench/support/server/server.ts';

test('what is measured as our image is what service/Dockerfile makes, and runs', async () => {
  await withFolder(async (folder) => {
    const { command, environment, app, compileCache } = await makeImageFiles(folder);
    expect(command.at(0)).toBe(process.execPath);
    expect(command.at(-1)).toBe(`${app}/server.cjs`);
    expect(environment).toMatchObject({ NODE_COMPILE_CACHE: compileCache });
    expect(readdirSync(compileCache, { recursive: true }).length).toBeGreaterThan(1);
    const bench = await startBenchScene();
    const server = await startServer({
      command,
      environment: { ...bench.environment, ...environment },
      shows: bench.shows,
    });
    await server.stop();
    // The calls of its identity are counted, by API.
    expect(bench.calls()).toMatchObject({ kms: 1 });
    expect(bench.calls().storage).toBeGreaterThan(0);
    await bench.close();
  });
});
