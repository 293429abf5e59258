import { SEPARATE_FILES } from './separate-files.ts';

/** What the bundle's folder holds, {@link bundledFiles} apart. */
export const BUNDLE_FILES = {
  bundle: 'server.cjs',
  notices: 'THIRD-PARTY-LICENSES.txt',
  billOfMaterials: 'sbom.cdx.json',
} as const;

/** The service, and beside it what only a setting asks for: all of them and the notices go into the image. */
export const bundledFiles: readonly string[] = [BUNDLE_FILES.bundle, ...Object.values(SEPARATE_FILES)];
