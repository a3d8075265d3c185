/**
 * Finds the endpoint that was just created: the API's answer does not contain its id. In: how endpoints are listed and described. Out:
 * the id of the new endpoint with the name.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { type FriendliError, NotFoundError } from "../errors/FriendliError.js"
import type { EndpointSpec } from "../schema/Endpoint.js"
import type { EndpointStatus } from "../schema/EndpointStatus.js"

/** An endpoint of a list: its status, and its id. */
export interface EndpointEntry extends EndpointStatus {
  readonly id: string
}

/** How the endpoints of a project are listed and read. */
export interface Search {
  readonly deployment: string
  readonly name: string
  readonly list: Stream.Stream<EndpointEntry, FriendliError>
  readonly get: (id: string) => Effect.Effect<EndpointSpec, FriendliError>
  readonly create: Effect.Effect<EndpointStatus, FriendliError>
}

/** A list may show a new endpoint only after a delay, so it is read again for about 16 seconds. */
const searchSchedule = /*#__PURE__*/ (() =>
  Schedule.exponential("250 millis").pipe(Schedule.intersect(Schedule.recurs(6))))()

/** An endpoint that is deleted between the list and the request for its name is not the new one. */
const nameOf = (search: Search, id: string): Effect.Effect<string | undefined, FriendliError> =>
  Effect.catchTag(
    Effect.map(search.get(id), ({ name }): string | undefined => name),
    "NotFoundError",
    () => Effect.succeed(undefined)
  )

const notShown = "the list of its project does not show it"

/** The endpoint exists, but its id is unknown: the caller must learn this, whatever the reason. */
const idUnknown = ({ deployment }: Search, why: string, error?: FriendliError): NotFoundError =>
  new NotFoundError({
    operation: "Endpoints.createAndFind",
    deployment,
    message: `Endpoints.createAndFind created an endpoint, but ${why}. Look for it with Endpoints.all, and delete it if it is not needed: it is billed while it runs.`,
    ...(error === undefined ? {} : { cause: { name: error._tag, message: error.message } })
  })

/** The endpoint that did not exist before and has the name. */
const find = Effect.fnUntraced(function* (search: Search, before: ReadonlySet<string>, created: EndpointStatus) {
  const found: Array<EndpointEntry> = []
  yield* search.list.pipe(
    Stream.filter(({ id }) => !before.has(id)),
    Stream.runForEach((entry) =>
      Effect.map(nameOf(search, entry.id), (name) => {
        if (name === search.name) found.push(entry)
      })
    )
  )
  // Endpoints with the same name from two programs at the same time have different times of creation.
  const sameTime = found.filter(({ createdAt }) => createdAt === created.createdAt)
  const [only, ...others] = found.length > 1 ? sameTime : found
  if (only !== undefined && others.length === 0) return only
  return yield* Effect.fail(
    idUnknown(search, found.length === 0 ? notShown : `${found.length} new endpoints have its name`)
  )
})

/** Creates an endpoint, and finds the endpoint that did not exist before and has its name. */
export const createAndFind = Effect.fnUntraced(function* (search: Search) {
  const before = new Set<string>()
  yield* Stream.runForEach(search.list, ({ id }) => Effect.sync(() => before.add(id)))
  const created = yield* search.create
  const { id } = yield* find(search, before, created).pipe(
    Effect.mapError((error) =>
      error.operation === "Endpoints.createAndFind" ? error : idUnknown(search, "a request for its id failed", error)
    ),
    Effect.retry(searchSchedule)
  )
  return { ...created, id }
})
