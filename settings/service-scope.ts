import type { SECRET, SERVICE } from './table.ts';
import type { Scope } from './values.ts';

/** A service before it is validated. */
export interface ServiceScope {
  readonly scope: Scope<typeof SERVICE>;
  /** Those besides the first. */
  readonly secrets: readonly Scope<typeof SECRET>[];
}
