import type { TerraformStack } from 'cdktf';
import type { KeyRing } from './key-ring.ts';

/**
 * Takes over key rings and keys that exist already, after a destroy or because another team made them, instead of
 * failing with Google's 409: Terraform imports what it finds and makes the rest.
 *
 * The look-ups must not wait for anything that is still to be made, else Terraform cannot tell what to import.
 * So the Cloud KMS API has to be on before the first plan. Some scanners cannot parse the list of imports.
 * https://developer.hashicorp.com/terraform/language/block/import
 */
export function adoptExistingKeys(stack: TerraformStack, projectId: string, rings: readonly KeyRing[]): void {
  const imports = rings.flatMap((ring) => adoptRing(stack, projectId, ring));
  if (imports.length > 0) stack.addOverride('import', imports);
}

function adoptRing(stack: TerraformStack, projectId: string, ring: KeyRing) {
  const { address, name, location } = ring;
  const ringId = `projects/${projectId}/locations/${location}/keyRings/${name}`;
  const lookup = logicalName(address);
  stack.addOverride(`data.google_kms_key_rings.${lookup}`, {
    project: projectId,
    location,
    filter: `name=${ringId}`,
  });
  // A look-up that finds nothing gives null, not an empty list.
  const found = `[for r in coalesce(data.google_kms_key_rings.${lookup}.key_rings, []) : r.id]`;
  const forEachRing = `\${toset(${found})}`;
  const keys = ring.keys.map((key) => adoptKey(stack, { ...key, ringId, forEachRing }));
  return [{ for_each: forEachRing, to: address, id: `\${each.value}` }, ...keys];
}

function adoptKey(
  stack: TerraformStack,
  key: {
    readonly address: string;
    readonly name: string;
    readonly ringId: string;
    readonly forEachRing: string;
  },
) {
  const lookup = logicalName(key.address);
  stack.addOverride(`data.google_kms_crypto_keys.${lookup}`, {
    for_each: key.forEachRing,
    key_ring: `\${each.value}`,
    filter: `name=${key.ringId}/cryptoKeys/${key.name}`,
  });
  const found = `[for k in coalesce(d.keys, []) : k.id]`;
  return {
    for_each: `\${toset(flatten([for d in data.google_kms_crypto_keys.${lookup} : ${found}]))}`,
    to: key.address,
    id: `\${each.value}`,
  };
}

/** The look-up is named as what it looks for. */
function logicalName(address: string): string {
  return address.slice(address.indexOf('.') + 1);
}
