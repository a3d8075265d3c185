/** The site with the playground, served on loopback. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { build, dist } from "../src/build.js"
import { serve } from "../src/serve.js"

/** A built site on a port of this machine. */
export class Site extends Context.Tag("effect-friendli-site/Playground")<Site, { readonly port: number }>() {}

/** `SITE_DIST` names a folder with a site that is built already. */
export const layer: Layer.Layer<Site> = Layer.scoped(
  Site,
  Effect.gen(function* () {
    const built = process.env["SITE_DIST"]
    if (built === undefined) yield* Effect.promise(build)
    const { url } = yield* Effect.acquireRelease(
      Effect.promise(() => serve(built ?? dist)),
      (running) => Effect.promise(() => running.close())
    )
    return { port: Number(new URL(url).port) }
  })
)
