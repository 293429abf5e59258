/** On every resource that takes labels, so that costs and inventories of one deployment can be filtered. */
export const LABELS: { readonly [key: string]: string } = { app: 'cloud-run-identity' };
