export type JsonRecord = Record<string, unknown>

/** Whether a value is an object that is neither null nor an array. */
export const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Reads an own property. Keys come from requests, so inherited properties such as `constructor` must not be found. */
export const own = (record: JsonRecord, key: string): unknown => (Object.hasOwn(record, key) ? record[key] : undefined)
