/** The body of operations that take a JSON array. In: the field of the request that has the array. Out: only the array, as JSON. */
import * as HttpBody from "@effect/platform/HttpBody"
import type { JsonRecord, RequestBody } from "./Operation.js"

/**
 * For `encodeBody`. `textOf` replaces items before they are sent. The option `body` of a call has no effect, since an array has no fields.
 */
export const arrayBody =
  (field: string, textOf: (item: unknown) => unknown = (item) => item) =>
  (body: JsonRecord): RequestBody => ({
    repeatable: true,
    // as a string, which fetch can send again after a redirect
    make: () =>
      HttpBody.raw(JSON.stringify((body[field] as ReadonlyArray<unknown>).map(textOf)), {
        contentType: "application/json"
      })
  })
