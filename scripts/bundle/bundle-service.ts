import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import { BUNDLE_FILES } from './bundle-files.ts';
import { gaxWithoutGrpc } from './gax-without-grpc.ts';
import { lazyModules } from './lazy-modules.ts';
import { type BillOfMaterials, requireAllowedLicences, thirdPartyNotices, withoutTexts } from './licences.ts';
import { ownPackages } from './own-packages.ts';
import { SEPARATE_FILES, separateFiles } from './separate-files.ts';

/** Where to read and where to write; absolute paths. */
export interface BundleOptions {
  /** The project, its packages installed. */
  readonly projectDirectory: string;
  /** Made where it is not there; files of the same names are overwritten. */
  readonly outputDirectory: string;
  /** Source of the service's entry, relative to the project. @default 'service/server.ts' */
  readonly entry?: string | undefined;
}

/** What was bundled. */
export interface Bundled {
  /** How many packages of others are in the bundle. */
  readonly packages: number;
  /** Size of the bundle, without what only a setting asks for. */
  readonly bytes: number;
}

/**
 * Bundles the service and the packages that it uses into one CommonJS file, which starts faster than the same as an
 * ES module, and puts beside it what only a setting asks for ({@link SEPARATE_FILES}). The same sources give the same bytes, wherever they lie.
 *
 * @throws LicenceError when a package's licence is not allowed; then nothing is written but the bill of materials
 */
export async function bundleService(options: BundleOptions): Promise<Bundled> {
  const { projectDirectory, outputDirectory, entry = 'service/server.ts' } = options;
  await mkdir(outputDirectory, { recursive: true });
  const inOutput = (name: string) => path.join(outputDirectory, name);
  const billFile = inOutput(BUNDLE_FILES.billOfMaterials);
  const { outputFiles } = await build({
    absWorkingDir: projectDirectory,
    entryPoints: entryPoints(entry),
    // Not where it is written to, or the source maps would tell where that is.
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    // tsconfig.json is not in the image's context, and would change the bytes.
    tsconfigRaw: {},
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    charset: 'utf8',
    // Not the identifiers: errors are told apart by the names of their classes. `keepNames` would give those back, and
    // with them the name of every function at each time that it is made, which takes a fifth of the requests.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    // Otherwise paths in the source map tell where the packages lie.
    preserveSymlinks: true,
    metafile: true,
    write: false,
    plugins: [
      ownPackages(projectDirectory),
      separateFiles(projectDirectory),
      gaxWithoutGrpc,
      lazyModules,
      cyclonedxEsbuildPlugin({
        outputFile: billFile,
        gatherLicenseTexts: true,
        outputReproducible: true,
        logLevel: 'silent',
      }),
    ],
  });
  const bill = JSON.parse(await readFile(billFile, 'utf8')) as BillOfMaterials;
  requireAllowedLicences(bill);
  await writeFile(billFile, `${JSON.stringify(withoutTexts(bill), null, 2)}\n`);
  await writeFile(inOutput(BUNDLE_FILES.notices), thirdPartyNotices(bill));
  for (const file of outputFiles) await writeFile(inOutput(path.basename(file.path)), file.contents);
  const bytes =
    outputFiles.find((file) => path.basename(file.path) === BUNDLE_FILES.bundle)?.contents.length ?? 0;
  return { packages: bill.components.length, bytes };
}

/** Sources by the names, without `.cjs`, of what is made of them. */
function entryPoints(entry: string): Record<string, string> {
  const separate = Object.entries(SEPARATE_FILES).map(([source, file]) => [path.parse(file).name, source]);
  return { [path.parse(BUNDLE_FILES.bundle).name]: entry, ...Object.fromEntries(separate) };
}
