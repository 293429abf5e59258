/** Words as a shell takes them apart again: a POSIX shell, or PowerShell on Windows. */
export function quoteWords(words: readonly string[], platform: NodeJS.Platform = process.platform): string {
  return words
    .map((word) => {
      if (/^[\w@%+=:,./-]+$/.test(word)) return word;
      return platform === 'win32'
        ? `'${word.replaceAll("'", "''")}'`
        : `'${word.replaceAll("'", String.raw`'\''`)}'`;
    })
    .join(' ');
}
