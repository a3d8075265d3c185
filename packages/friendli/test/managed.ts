/** What the tests of datasets, files, usage and cost share: the vectors of operations whose requests are a path and a query. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { FriendliError } from "effect-friendli/FriendliError"
import type { RequestOptions } from "effect-friendli/RequestOptions"
import { MockHttpClient } from "effect-friendli/testing"
import * as Vectors from "effect-friendli-vectors"

interface Parameters {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
}

/** The values of path and query of a vector, as one request. */
export const parametersOf = (file: string): Record<string, unknown> => {
  const { path, query } = Vectors.json(file) as Parameters
  return { ...path, ...query }
}

type Wire = Vectors.WireRequest<{ readonly kind: "json" | "multipart"; readonly file: string } | null>

/** The first request is that of the vector: method, URL, query in any order, body, and the headers that the API reads. */
export const assertSent = (wire: Wire, body: unknown): Effect.Effect<void, never, MockHttpClient.MockHttpClient> =>
  Effect.map(MockHttpClient.requests, (requests) => {
    assert.lengthOf(requests, 1)
    const sent = requests[0]!
    const url = new URL(sent.url)
    assert.strictEqual(sent.method, wire.method)
    assert.strictEqual(url.origin + url.pathname, wire.url)
    assert.deepStrictEqual([...url.searchParams].toSorted(), wire.query.map((pair) => [...pair]).toSorted())
    if (body === undefined) assert.strictEqual(sent.body, "")
    else assert.deepStrictEqual(sent.json, body)
    for (const name of ["accept", "x-friendli-team"]) assert.strictEqual(sent.headers[name], wire.headers[name], name)
    if (wire.body !== null && wire.body.kind === "json") {
      assert.strictEqual(sent.headers["content-type"], wire.headers["content-type"])
    }
  })

/** Both requests of an operation of the vectors, and what its answer becomes. */
export const vectorCases = <R>(
  name: string,
  call: (request: never, options?: RequestOptions) => Effect.Effect<unknown, FriendliError, R>,
  /** The body of the vector as a request. */
  ofBody?: (body: unknown) => object
) => {
  const http = Vectors.requests<Wire["body"]>(name)
  return (["minimal", "full"] as const).map((kind) => {
    const wire = http[kind]
    const file = `${name}.request${kind === "full" ? ".full" : ""}.json`
    const hasBody = wire.body !== null
    const body = hasBody ? Vectors.json(file) : undefined
    const request = hasBody ? (ofBody ?? ((given) => given as object))(body) : parametersOf(file)
    const team = wire.headers["x-friendli-team"]
    return {
      kind,
      wire,
      body,
      run: call(request as never, team === undefined ? {} : { team }) as Effect.Effect<unknown, FriendliError, R>
    }
  })
}
