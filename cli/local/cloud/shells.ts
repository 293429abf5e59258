/** The ways in which variables can be written down. */
export const FORMATS = ['sh', 'powershell', 'dotenv', 'json'] as const;

/** One of them. */
export type Format = (typeof FORMATS)[number];

/**
 * Environment variables in a form that a shell or a program reads: `eval "$(…)"` for sh, `… | Invoke-Expression` for
 * PowerShell, a .env file, or JSON.
 */
export function formatVariables(variables: Readonly<Record<string, string>>, format: Format): string {
  if (format === 'json') return JSON.stringify(variables, null, 2);
  const lines = Object.entries(variables).map(([name, value]) => {
    if (format === 'powershell') return `$env:${name} = '${value.replaceAll("'", "''")}'`;
    // In single quotes nothing is special to sh or to dotenv but the quote itself.
    const quoted = `'${value.replaceAll("'", String.raw`'\''`)}'`;
    return format === 'sh' ? `export ${name}=${quoted}` : `${name}=${quoted}`;
  });
  return lines.join('\n');
}
