/** What the bundle's folder holds; the first two go into the image. */
export const BUNDLE_FILES = {
  bundle: 'server.cjs',
  notices: 'THIRD-PARTY-LICENSES.txt',
  sourceMap: 'server.cjs.map',
  billOfMaterials: 'sbom.cdx.json',
} as const;
