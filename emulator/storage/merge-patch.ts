/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Applies a patch as the JSON API's `patch` methods do: null removes a field, objects are merged, lists replaced (RFC 7396). */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...target };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else if (isJsonObject(value)) {
      const current = merged[field];
      merged[field] = mergePatch(isJsonObject(current) ? current : {}, value);
    } else merged[field] = value;
  }
  return merged;
}
