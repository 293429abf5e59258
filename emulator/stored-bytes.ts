import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DefaultDeserializer, DefaultSerializer, deserialize } from 'node:v8';

/** Bytes from this size on have a file of their own: 16 KiB. */
const OWN_FILE_BYTES = 16 * 1024;

/** What a state with such files begins with; one without is an older version's, and plain. */
const MAGIC = Buffer.from('local-cloud 2\n');

const INLINE = 0;
const OWN_FILE = 1;

/** A state as it is to be written. */
export interface Serialized {
  readonly state: Buffer;
  /** Writes the bytes that it names and that have no file yet; before the state itself. */
  readonly write: () => Promise<void>;
  /** Deletes those that it names no more; after it. */
  readonly forget: () => Promise<void>;
}

/**
 * Writes large bytes of a state, whose content never changes, to files of their own, each once however often the state
 * is written.
 */
export class StoredBytes {
  readonly #directory: string;
  readonly #names = new WeakMap<object, string>();
  #onDisk = new Set<string>();

  /** @param directory made when something is in it */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Serializes a state at this moment. */
  serialize(value: unknown): Serialized {
    const named = new Map<string, Buffer>();
    const serializer = new Serializer((bytes) => {
      const name = this.#names.get(bytes) ?? randomBytes(16).toString('hex');
      this.#names.set(bytes, name);
      named.set(name, bytes);
      return name;
    });
    serializer.writeHeader();
    serializer.writeValue(value);
    return {
      state: Buffer.concat([MAGIC, serializer.releaseBuffer()]),
      write: () => this.#write(named),
      forget: () => this.#delete([...this.#onDisk].filter((name) => !named.has(name))),
    };
  }

  /** Reads a state back, with the bytes that it names. @throws where it is none, or a file is missing */
  deserialize(state: Buffer): unknown {
    if (!state.subarray(0, MAGIC.length).equals(MAGIC)) return deserialize(state);
    const deserializer = new Deserializer(state.subarray(MAGIC.length), (name) => {
      const bytes = readFileSync(path.join(this.#directory, name));
      this.#names.set(bytes, name);
      this.#onDisk.add(name);
      return bytes;
    });
    deserializer.readHeader();
    return deserializer.readValue();
  }

  /** Deletes the files that the state which was read doesn't name: of a write that was not finished. */
  async sweep(): Promise<void> {
    const found = await readdir(this.#directory).catch(() => []);
    await this.#delete(found.filter((name) => !this.#onDisk.has(name)));
  }

  async #write(named: ReadonlyMap<string, Buffer>): Promise<void> {
    const missing = [...named].filter(([name]) => !this.#onDisk.has(name));
    if (missing.length === 0) return;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const [name, bytes] of missing) {
      await writeFile(path.join(this.#directory, name), bytes, { mode: 0o600 });
      this.#onDisk.add(name);
    }
  }

  async #delete(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await rm(path.join(this.#directory, name), { force: true });
      this.#onDisk.delete(name);
    }
  }
}

/** What Node calls for everything that views a buffer; its types leave it out. */
interface HostObjects {
  _writeHostObject(view: NodeJS.ArrayBufferView): void;
  _readHostObject(): NodeJS.ArrayBufferView;
}

const inline = {
  write: (DefaultSerializer.prototype as unknown as HostObjects)._writeHostObject,
  read: (DefaultDeserializer.prototype as unknown as HostObjects)._readHostObject,
};

class Serializer extends DefaultSerializer {
  readonly #nameOf: (bytes: Buffer) => string;

  constructor(nameOf: (bytes: Buffer) => string) {
    super();
    this.#nameOf = nameOf;
  }

  _writeHostObject(view: NodeJS.ArrayBufferView): void {
    const hasOwnFile = Buffer.isBuffer(view) && view.length >= OWN_FILE_BYTES;
    this.writeUint32(hasOwnFile ? OWN_FILE : INLINE);
    if (hasOwnFile) this.writeRawBytes(Buffer.from(this.#nameOf(view)));
    else inline.write.call(this as unknown as HostObjects, view);
  }
}

/** A name in hexadecimal. */
const NAME_BYTES = 32;

class Deserializer extends DefaultDeserializer {
  readonly #read: (name: string) => Buffer;

  constructor(state: Buffer, read: (name: string) => Buffer) {
    super(state);
    this.#read = read;
  }

  _readHostObject(): NodeJS.ArrayBufferView {
    if (this.readUint32() === INLINE) return inline.read.call(this as unknown as HostObjects);
    return this.#read(this.readRawBytes(NAME_BYTES).toString('latin1'));
  }
}
