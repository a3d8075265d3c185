/**
 * Management: create what one job needs, and delete it afterwards. A dataset from a file, an endpoint with the progress of its start, a chat
 * with it, and its cost.
 *
 * The dataset and the endpoint are deleted when the program ends, also after an error or Ctrl-C. Without an argument the program writes a file with
 * two conversations and uploads it. FRIENDLI_PROJECT is the id of the project, and FRIENDLI_INSTANCE_OPTION is the id of the GPU option. The emulator
 * accepts any ids.
 */
import { FetchHttpClient, FileSystem } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { BigDecimal, Config, Console, DateTime, Effect, Layer, Stream } from "effect"
import { Chat, Cost, Datasets, DatasetUpload, Dedicated, Endpoints, Management, Upload } from "effect-friendli"
import { realpathSync } from "node:fs"

const project = Config.withDefault(Config.string("FRIENDLI_PROJECT"), "project-id")
const gpus = Config.withDefault(Config.string("FRIENDLI_INSTANCE_OPTION"), "H100-x1")

/** A dataset that is deleted when the scope closes. The file is checked before the dataset is created, so a wrong line costs nothing. */
const dataset = (path: string) =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const file = yield* Upload.fromPath(path)
      const created = yield* DatasetUpload.createFromFile({
        name: "talks",
        projectId: yield* project,
        file,
        onFailure: "delete"
      })
      yield* Console.log(`dataset: ${created.samples} samples`)
      return created.dataset
    }),
    ({ id }) => Effect.zipRight(Effect.orDie(Datasets.delete({ dataset_id: id })), Console.log("deleted the dataset"))
  )

/** An endpoint that is deleted when the scope closes. It costs money from its creation, so the creation cannot be interrupted before its id is known. */
const endpoint = Effect.acquireRelease(
  Effect.gen(function* () {
    return yield* Endpoints.createAndFind({
      projectId: yield* project,
      name: "example-job",
      instanceOptionId: yield* gpus,
      hfModelRepo: "meta-llama/Llama-3.1-8B-Instruct",
      advanced: { tokenizer_skip_special_tokens: true, tokenizer_add_special_tokens: false },
      autoscalingPolicy: { minReplica: 0, maxReplica: 1 }
    })
  }),
  ({ id }) => Effect.zipRight(Effect.orDie(Endpoints.delete(id)), Console.log("deleted the endpoint"))
)

/** The costs of the team today, line by line. */
const costsOfToday = Effect.gen(function* () {
  const today = DateTime.startOf(yield* DateTime.now, "day")
  const { data } = yield* Cost.get({
    start_time: today,
    end_time: DateTime.add(today, { days: 1 }),
    group_by: "line_item"
  })
  return Cost.byLineItem(data)
})

export const program = (path: string) =>
  Effect.gen(function* () {
    yield* dataset(path)
    const { id } = yield* endpoint
    yield* Endpoints.watch(id, "RUNNING", { timeout: "30 minutes" }).pipe(
      Stream.runForEach(({ phase, status }) => Console.log(`endpoint: ${phase ?? status}`))
    )
    const answer = yield* Chat.complete({
      model: id,
      messages: [{ role: "user", content: "Say hello to the two who talked." }],
      max_tokens: 20
    })
    yield* Console.log(`answer: ${answer.choices[0]?.message.content}`)
    const costs = yield* costsOfToday
    for (const [line, amount] of costs) yield* Console.log(`cost: ${line}, ${BigDecimal.format(amount)} USD`)
    return { id, costs }
  }).pipe(Effect.scoped)

const talk = (question: string, answer: string): string =>
  JSON.stringify({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer }
    ]
  })

/** A file with these lines, which is deleted at the end. */
const fileOf = (lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* files.makeTempFileScoped({ suffix: ".jsonl" })
    yield* files.writeFileString(path, lines.join("\n"))
    return path
  })

/** The program with the file in the argument, or with a file of these lines. */
export const runnableWith = (lines: ReadonlyArray<string>) =>
  Effect.flatMap(
    Effect.suspend(() => (process.argv[2]?.endsWith(".jsonl") ? Effect.succeed(process.argv[2]) : fileOf(lines))),
    program
  ).pipe(
    Effect.scoped,
    Effect.provide(Layer.merge(Dedicated.layerConfig(), Management.layerConfig())),
    Effect.provide(FetchHttpClient.layer),
    Effect.provide(NodeContext.layer)
  )

export const runnable = runnableWith([talk("Ping?", "Pong!"), talk("How are you?", "Fine, thanks.")])

if (import.meta.filename === realpathSync(process.argv[1] ?? ".")) NodeRuntime.runMain(runnable)
