import type { ContainerLogEntry } from '@cloud-run-identity/local-cloud';

/** Where the service's log goes: held back while steps are shown, printed afterwards. */
export interface ServiceLog {
  readonly add: (entry: ContainerLogEntry) => void;
  /** Prints what was held back and everything that follows. */
  print(): void;
  /** Forgets what was held back and prints what follows. */
  follow(): void;
}

/**
 * Collects the service's log.
 *
 * @param write writes one line
 */
export function createServiceLog(write: (line: string) => void): ServiceLog {
  const held: string[] = [];
  let following = false;
  return {
    add(entry) {
      const line = formatLogEntry(entry);
      if (following) write(line);
      else held.push(line);
    },
    print() {
      following = true;
      for (const line of held.splice(0)) write(line);
    },
    follow() {
      following = true;
      held.length = 0;
    },
  };
}

/** One line for people of a structured log entry: `12:34:56 WARNING message`; other lines as they are. */
export function formatLogEntry({ line }: Pick<ContainerLogEntry, 'line'>): string {
  try {
    const { time, severity, message } = JSON.parse(line) as Record<string, string>;
    return `${new Date(time ?? '').toTimeString().slice(0, 8)} ${severity} ${message}`;
  } catch {
    return line;
  }
}
