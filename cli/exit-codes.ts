/** Exit codes of every command; `exec` ends with that of the program that it ran. docs/cli.md lists them. */
export const EXIT_CODES = {
  /** Done. */
  done: 0,
  /** Failed; the message says why. */
  failed: 1,
  /** Used wrongly: an unknown command or option. */
  usage: 2,
  /** Nothing was written, because somebody else wrote first. */
  conflict: 3,
  /** `verify` or `doctor` found something that is not as it must be, or `verify` something that it cannot prove. */
  found: 4,
} as const;
