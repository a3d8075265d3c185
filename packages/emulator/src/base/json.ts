export type JsonRecord = Record<string, unknown>

/** Whether a value is an object that is neither null nor an array. */
export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Reads an own property. Keys come from requests, so inherited properties such as `constructor` must not be found. */
export const own = (record: JsonRecord, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined)

/** The value of a reference such as `#/$defs/City` in a document; `undefined` if it does not exist. */
export const atReference = (root: unknown, reference: string): unknown =>
  reference
    .split("/")
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (found, name) =>
        isRecord(found) ? own(found, name) : Array.isArray(found) ? (found as Array<unknown>)[Number(name)] : undefined,
      root
    )
