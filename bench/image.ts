import path from 'node:path';
import { type Size, sizeOf } from './image/archive.ts';
import {
  baseContents,
  type Contents,
  installedPackages,
  ownContents,
  serviceSources,
} from './image/contents.ts';
import { withFolder } from './support/folder.ts';
import { exactly } from './support/measure.ts';
import type { Measure, Report, Spread } from './support/report.ts';
import { makeImageFiles } from './support/server/image-files.ts';

// What was published for the sample's image, on python:3-alpine; it is not built here.
const PUBLISHED = { megabytes: 97, compressed: 33.2 };
const REFERENCE = "the article's sample on python:3-alpine, as published";
const OURS = 'our image';
const INFRASTRUCTURE = /^node_modules\/(?:cdktf|@cdktf|constructs)(?:\/|$)/;

type Sizes = Readonly<Record<string, Size>>;

/** How large the image is, and what of it is what. */
export const measure: Measure = () =>
  withFolder(async (folder) => {
    const base = await sizesOf(baseContents());
    const parts = {
      ...base,
      ...(await sizesOf(ownContents(await makeImageFiles(path.join(folder, 'image'))))),
    };
    const naive = async (packages: readonly string[]) =>
      plus(sum(base), await sizeOf([...packages, ...serviceSources()]));
    const runtime = installedPackages((location) => !INFRASTRUCTURE.test(location));
    const images = {
      [REFERENCE]: PUBLISHED,
      [OURS]: sum(parts),
      'naive: npm ci --omit=dev and the sources': await naive(installedPackages()),
      'naive, without cdktf and its providers': await naive(runtime),
    };
    return reportOf(images, parts);
  });

function reportOf(images: Sizes, parts: Sizes): Report {
  const compressed = rowsOf(images, 'compressed');
  const partsCompressed = rowsOf(parts, 'compressed');
  return {
    title: 'Image',
    what:
      'Sizes of layers as a registry keeps them (tar and gzip), computed from files without a Docker engine: our ' +
      'bundle, licences and compile cache, on a base of the Node, shared libraries and certificates of this machine. ' +
      'The naive images have the same base, without the Debian and npm that they would really have. The sizes of the ' +
      'sample are those that were published for it, on python:3-alpine.',
    tables: [
      { caption: 'Image, compressed', unit: 'MB', rows: compressed },
      { caption: 'Image, unpacked', unit: 'MB', rows: rowsOf(images, 'megabytes') },
      { caption: 'What is in ours, compressed', unit: 'MB', rows: partsCompressed },
      { caption: 'What is in ours, unpacked', unit: 'MB', rows: rowsOf(parts, 'megabytes') },
    ],
    targets: [
      {
        text: 'our image, compressed',
        bound: 'at most',
        allowed: PUBLISHED.compressed,
        measured: images[OURS]?.compressed ?? Number.NaN,
        unit: 'MB',
      },
    ],
    plots: [
      { kind: 'bars', title: 'Image, compressed', unit: 'MB', bars: compressed },
      { kind: 'bars', title: 'What is in ours, compressed', unit: 'MB', scale: 'log', bars: partsCompressed },
    ],
    notes: [
      "Node's own program is larger than all of the sample's image; nothing that is ours could make up for it.",
      'The distroless base of the real image has some libraries and files more than this one, a few MB.',
    ],
  };
}

async function sizesOf(contents: Contents): Promise<Sizes> {
  const sizes = Object.entries(contents).map(async ([name, files]) => [name, await sizeOf(files)] as const);
  return Object.fromEntries(await Promise.all(sizes));
}

function sum(sizes: Sizes): Size {
  return Object.values(sizes).reduce(plus, { megabytes: 0, compressed: 0 });
}

function plus(one: Size, other: Size): Size {
  return {
    megabytes: one.megabytes + other.megabytes,
    compressed: one.compressed + other.compressed,
  };
}

function rowsOf(sizes: Sizes, figure: keyof Size): Spread[] {
  return Object.entries(sizes).map(([name, size]) => exactly(name, size[figure]));
}
