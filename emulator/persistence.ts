import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { StoredBytes } from './stored-bytes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whether the route reads by POST, as some of Google's methods do: there is nothing to save then.
     * @default false
     */
    changesNothing?: boolean;
  }
}

/** A part of the local cloud's state that survives a restart. */
export interface Persistent {
  /** All of it, as data that can be cloned: objects, maps, dates, buffers. */
  save(): unknown;
  /** Takes back what `save` gave. */
  load(saved: never): void | Promise<void>;
}

/** The state cannot be read or written; the message says which file and what to do. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';
}

/** The file's format; another number is refused. */
const FORMAT = 1;

interface Saved {
  readonly format: number;
  readonly projectId: string;
  readonly parts: ReadonlyMap<string, unknown>;
}

/**
 * The state of a local cloud: one file, and beside it one for the bytes of each larger object, which is written once.
 * So a write takes as long as what it changes. They hold key material, so only their owner may read them. The state's
 * file is replaced as a whole, and after the bytes that it names are written, so a stop at any moment leaves the old
 * state or the new one; what else it leaves is swept up by the next start.
 */
export class StateFile {
  readonly #file: string;
  readonly #projectId: string;
  readonly #parts: ReadonlyMap<string, Persistent>;
  readonly #bytes: StoredBytes;
  #writing: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;

  /** @param directory made when it is missing */
  constructor(directory: string, projectId: string, parts: ReadonlyMap<string, Persistent>) {
    this.#file = path.join(directory, 'local-cloud.state');
    this.#projectId = projectId;
    this.#parts = parts;
    this.#bytes = new StoredBytes(path.join(directory, 'objects'));
  }

  /**
   * Loads what was saved, if anything was.
   * @throws StateFileError for a file that is not the state of a local cloud with this project
   */
  async load(): Promise<void> {
    const bytes = await readFile(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new StateFileError(`${this.#file} cannot be read: ${error.message}.`, { cause: error });
    });
    if (!bytes) return;
    const saved = this.#parse(bytes);
    if (saved.projectId !== this.#projectId) {
      throw new StateFileError(
        `${this.#file} holds the project "${saved.projectId}", not "${this.#projectId}": choose that project, or another data directory.`,
      );
    }
    for (const [name, part] of this.#parts) {
      if (saved.parts.has(name)) await part.load(saved.parts.get(name) as never);
    }
    await this.#bytes.sweep();
    await rm(this.#temporary, { force: true });
  }

  /** Returns when everything that has happened until now is in the file. Writes that wait are written once. */
  async save(): Promise<void> {
    if (!this.#writing) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    }
    this.#waiting ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        return this.save();
      });
    return this.#waiting;
  }

  get #temporary(): string {
    return `${this.#file}.tmp`;
  }

  #parse(bytes: Buffer): Saved {
    try {
      const saved = this.#bytes.deserialize(bytes) as Saved;
      if (saved.format === FORMAT && saved.parts instanceof Map) return saved;
    } catch {
      // Said below, as for a file of another format.
    }
    throw new StateFileError(
      `${this.#file} is not the state of a local cloud of this version: move it away, or choose another data directory.`,
    );
  }

  async #write(): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    // All parts at one moment: some of them give what they go on changing.
    const parts = new Map([...this.#parts].map(([name, part]) => [name, part.save()]));
    const saved: Saved = { format: FORMAT, projectId: this.#projectId, parts };
    const { state, write, forget } = this.#bytes.serialize(saved);
    await write();
    await writeFile(this.#temporary, state, { mode: 0o600 });
    await rename(this.#temporary, this.#file);
    await forget();
  }
}

/**
 * Lets requests wait until the state is loaded, and answers a write when it is in the file.
 * @returns what loads the state; to be called when the server listens, because what is loaded may start processes
 *   that call it
 */
export function keepState(app: FastifyInstance, file: StateFile): () => Promise<void> {
  const { promise: loaded, resolve } = Promise.withResolvers<void>();
  app.addHook('onRequest', async () => loaded);
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode >= 400) return;
    const { changesNothing = /^(GET|HEAD)$/.test(request.method) } = request.routeOptions.config;
    if (!changesNothing) await file.save();
  });
  return () => file.load().finally(resolve);
}
