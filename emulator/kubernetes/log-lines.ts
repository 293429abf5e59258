/** How many lines of a container are kept. */
const LIMIT = 5000;

/** What a container has written. */
export class LogLines {
  readonly lines: string[] = [];
  readonly #followers = new Set<(line: string | undefined) => void>();
  #isClosed = false;

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LIMIT) this.lines.shift();
    for (const follower of this.#followers) follower(line);
  }

  /** Calls the follower for each line that comes, and with undefined after the last. @returns a function that ends it */
  follow(follower: (line: string | undefined) => void): () => void {
    if (this.#isClosed) follower(undefined);
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  close(): void {
    this.#isClosed = true;
    for (const follower of this.#followers) follower(undefined);
    this.#followers.clear();
  }
}
