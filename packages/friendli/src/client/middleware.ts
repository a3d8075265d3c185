/**
 * Wrappers around the two functions that run operations. In: the layers that are provided to a deployment. Out: one interpreter, wrapped
 * in all of them.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Interpreter, Middleware } from "./types.js"

/** Each layer has its own key, so that none hides another, and each affects only the deployment that it is provided to. */
const middlewareKey = "effect-friendli/FriendliClient/Middleware/"

let middlewareBuilt = 0

/** Middleware that was built first, and therefore provided to the others, is nearest to the client. */
const middlewareIn = (context: Context.Context<never>): ReadonlyArray<Middleware> =>
  [...context.unsafeMap]
    .filter(([key]) => key.startsWith(middlewareKey))
    .map(([key, middleware]) => [Number(key.slice(middlewareKey.length)), middleware as Middleware] as const)
    .sort(([a], [b]) => a - b)
    .map(([, middleware]) => middleware)

/**
 * Puts all middleware of a context around an interpreter. Each also gets the interpreter below all of them, for its own requests, which
 * no layer may reject or count.
 */
export const withMiddleware = (interpreter: Interpreter, context: Context.Context<never>): Interpreter =>
  middlewareIn(context).reduce((next, middleware) => middleware(next, interpreter), interpreter)

/** A layer with one middleware. Its key is unique, so that two layers of the same kind both apply. */
export const layer = <E, R>(
  middleware: Effect.Effect<Middleware, E, R>
): Layer.Layer<never, E, Exclude<R, Scope.Scope>> =>
  Layer.scopedContext(
    Effect.map(middleware, (made) =>
      Context.unsafeMake<never>(new Map([[`${middlewareKey}${middlewareBuilt++}`, made]]))
    )
  )
