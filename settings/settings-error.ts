/** One thing that is wrong with the settings. */
export interface SettingsProblem {
  /** The key in the context of cdktf.json, whichever place the value came from. */
  readonly setting: string;
  /** Where the value came from, e.g. `environment variable GCP_REGION`. */
  readonly source: string;
  /** The value as it was found. */
  readonly got: unknown;
  readonly allowed: string;
  /** What to edit or to run. */
  readonly fix: string;
}

/** The settings cannot be used. Its message lists every problem, so that one edit can fix them all. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    const title = problems.length === 1 ? 'One setting is wrong.' : `${problems.length} settings are wrong.`;
    super([title, ...problems.map(describe)].join('\n\n'));
    this.problems = problems;
  }
}

function describe({ setting, source, got, allowed, fix }: SettingsProblem): string {
  return [
    `  ${setting}: got ${quote(got)} from the ${source}.`,
    `    Allowed: ${allowed}.`,
    `    Fix: ${fix}.`,
  ].join('\n');
}

function quote(got: unknown): string {
  const text = JSON.stringify(got) ?? String(got);
  return text.length <= 120 ? text : `${text.slice(0, 117)}… (${text.length} characters)`;
}
