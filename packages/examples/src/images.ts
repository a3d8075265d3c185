/**
 * Images: generate an image, edit it, and write both to files. The same program runs on a dedicated endpoint and on a container.
 *
 * FRIENDLI_DEPLOYMENT is `dedicated` (default, with FRIENDLI_MODEL as the endpoint's id) or `container`. The files are written to the
 * directory in FRIENDLI_PICTURES, or to the current directory.
 */
import { FetchHttpClient, FileSystem, Path } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Data, Effect, Layer } from "effect"
import * as Container from "effect-friendli/Container"
import * as Dedicated from "effect-friendli/Dedicated"
import * as Images from "effect-friendli/Images"
import { realpathSync } from "node:fs"

/** The answer has no image, or only its URL. */
export class NoPicture extends Data.TaggedError("NoPicture")<{ readonly got: string }> {}

/** The bytes of the first image of an answer, for both deployments. */
export const firstPicture = (result: Images.ImageResult) =>
  Effect.gen(function* () {
    const [item] = Images.toItems(result)
    if (item?._tag !== "Base64") return yield* new NoPicture({ got: item?.url ?? "nothing" })
    return yield* Images.bytes(item)
  })

export const program = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* Config.withDefault(Config.nonEmptyString("FRIENDLI_PICTURES"), ".")
  const write = (name: string, picture: Uint8Array) => {
    const file = path.join(folder, name)
    return Effect.zipRight(files.writeFile(file, picture), Console.log(`${file}: ${picture.length} bytes`))
  }

  // both deployments support jpeg
  const boat = yield* Images.generate({ prompt: "A paper boat on a lake", response_format: "jpeg", seed: 42 }).pipe(
    Effect.flatMap(firstPicture)
  )
  yield* write("boat.jpg", boat)

  const red = yield* Images.edit({
    image: Images.fromSource(boat),
    prompt: "Make the boat red",
    response_format: "jpeg",
    seed: 42
  }).pipe(Effect.flatMap(firstPicture))
  yield* write("red-boat.jpg", red)

  return { boat, red }
})

const client = Layer.unwrapEffect(
  Effect.map(
    Config.withDefault(Config.literal("dedicated", "container")("FRIENDLI_DEPLOYMENT"), "dedicated" as const),
    (kind) =>
      kind === "container"
        ? Container.layerClientConfig()
        : Dedicated.layerClientConfig({ model: Config.nonEmptyString("FRIENDLI_MODEL") })
  )
)

export const runnable = program.pipe(
  Effect.provide(Images.layer.pipe(Layer.provide(client))),
  Effect.provide(FetchHttpClient.layer),
  Effect.provide(NodeContext.layer)
)

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
