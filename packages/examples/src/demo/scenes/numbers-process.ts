/** The process that runs a batch until it is killed. It tells its parent how many rows have answers. */
import { FetchHttpClient } from "@effect/platform"
import { NodeFileSystem, NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { Serverless } from "effect-friendli"
import { askAll } from "./numbers.js"

const [journal, baseUrl, model] = process.argv.slice(2) as [string, string, string]

askAll(journal, ({ done }) => Effect.sync(() => void process.send?.(done))).pipe(
  Effect.provide(Serverless.layer({ token: "any-token", baseUrl, model })),
  Effect.provide(FetchHttpClient.layer),
  Effect.provide(NodeFileSystem.layer),
  NodeRuntime.runMain
)
