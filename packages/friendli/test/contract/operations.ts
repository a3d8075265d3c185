/**
 * Every operation of the API and its place in the SDK. The tables of `docs/operations.md` are made of this.
 */
import { type Deployment, deployments as deploymentNames } from "effect-friendli-vectors"
import * as Audio from "../../src/Audio.js"
import * as Chat from "../../src/Chat.js"
import * as ChatRender from "../../src/ChatRender.js"
import * as Classification from "../../src/Classification.js"
import * as Completions from "../../src/Completions.js"
import * as Cost from "../../src/Cost.js"
import * as Datasets from "../../src/Datasets.js"
import * as Embeddings from "../../src/Embeddings.js"
import * as Endpoints from "../../src/Endpoints.js"
import * as Files from "../../src/Files.js"
import * as Images from "../../src/Images.js"
import * as Knowledge from "../../src/Knowledge.js"
import * as Messages from "../../src/Messages.js"
import * as Models from "../../src/Models.js"
import type * as Operation from "../../src/core/Operation.js"
import * as Responses from "../../src/Responses.js"
import * as Tokens from "../../src/Tokens.js"
import * as ToolAssistedChat from "../../src/ToolAssistedChat.js"
import * as Usage from "../../src/Usage.js"

/** What an operation says of itself, whatever it takes and gives. */
export type Described = Pick<
  Operation.Any<never, unknown>,
  "name" | "method" | "pathPrefix" | "prefix" | "path" | "query" | "hasBody" | "encodeBody"
> &
  (
    | { readonly _tag: "Unary" }
    | { readonly _tag: "Streaming"; readonly sentinel: string; readonly isTerminal: (event: never) => boolean }
  )

export interface Row {
  /** In the contract, without the deployment; with it where the operation exists once. */
  readonly operation: string
  /** As a program calls it. */
  readonly name: string
  readonly deployments: Readonly<Partial<Record<Deployment, Described>>>
  /** An operation of the layer of `Management`, which exists once. */
  readonly management?: Described
  /** Where its behaviour is held. */
  readonly test: string
}

const everywhere = (operation: Described) => ({ serverless: operation, dedicated: operation, container: operation })

const row = (operation: string, name: string, test: string, deployments: Row["deployments"]): Row => ({
  operation,
  name,
  deployments,
  test: `packages/friendli/test/${test}.test.ts`
})

/** An operation that exists once, whatever deployment a program infers with. */
const managementRow = (operation: string, test: string, described: Described): Row => ({
  ...row(operation, described.name, test, {}),
  management: described
})

export const rows: ReadonlyArray<Row> = [
  row("chat.complete", "Chat.complete", "client/vectors", everywhere(Chat.completeOperation)),
  row("chat.stream", "Chat.stream", "client/vectors", everywhere(Chat.streamOperation)),
  row("completions.complete", "Completions.complete", "client/vectors", everywhere(Completions.completeOperation)),
  row("completions.stream", "Completions.stream", "client/vectors", everywhere(Completions.streamOperation)),
  row("messages.messages", "Messages.create", "Messages", everywhere(Messages.createOperation)),
  row("messages.stream", "Messages.stream", "Messages", everywhere(Messages.streamOperation)),
  row("responses.create", "Responses.create", "Responses", everywhere(Responses.createOperation)),
  row("responses.stream", "Responses.stream", "Responses", everywhere(Responses.streamOperation)),
  row("chat_render.render", "ChatRender.render", "ChatRender", {
    serverless: ChatRender.renderOperation,
    dedicated: ChatRender.renderOperation
  }),
  row("token.tokenize", "Tokens.tokenize", "client/vectors", everywhere(Tokens.tokenizeOperation)),
  row("token.detokenize", "Tokens.detokenize", "client/vectors", everywhere(Tokens.detokenizeOperation)),
  row("audio.transcribe", "Audio.transcribe", "Audio", everywhere(Audio.transcribeOperation)),
  row("audio.stream", "Audio.stream", "Audio", everywhere(Audio.streamOperation)),
  row("embeddings.embeddings", "Embeddings.create", "Embeddings", { dedicated: Embeddings.createOperation }),
  row("image.generate", "Images.generate", "Images", {
    dedicated: Images.generateOperation,
    container: Images.generateContainerOperation
  }),
  row("image.edit", "Images.edit", "Images", {
    dedicated: Images.editOperation,
    container: Images.editContainerOperation
  }),
  row("classification.classify", "Classification.classify", "Classification", {
    dedicated: Classification.classifyOperation,
    container: Classification.classifyOperation
  }),
  row("models.list", "Models.list", "Models", { serverless: Models.listOperation }),
  row("models.list_openrouter", "Models.listOpenRouter", "Models", { serverless: Models.listOpenRouterOperation }),
  row("tool_assisted_chat.complete", "ToolAssistedChat.complete", "ToolAssistedChat", {
    serverless: ToolAssistedChat.completeOperation
  }),
  row("tool_assisted_chat.stream", "ToolAssistedChat.stream", "ToolAssistedChat", {
    serverless: ToolAssistedChat.streamOperation
  }),
  row("knowledge.retrieve", "Knowledge.retrieve", "Knowledge", { serverless: Knowledge.retrieveOperation }),
  managementRow("dedicated.endpoint.create", "Endpoints", Endpoints.createOperation),
  managementRow("dedicated.endpoint.wandb_artifact_create", "Endpoints", Endpoints.createFromWandbArtifactOperation),
  managementRow("dedicated.endpoint.list", "Endpoints", Endpoints.listOperation),
  managementRow("dedicated.endpoint.get_spec", "Endpoints", Endpoints.getOperation),
  managementRow("dedicated.endpoint.update", "Endpoints", Endpoints.updateOperation),
  managementRow("dedicated.endpoint.delete", "Endpoints", Endpoints.deleteOperation),
  managementRow("dedicated.endpoint.get_version_history", "Endpoints", Endpoints.versionsOperation),
  managementRow("dedicated.endpoint.get_status", "Endpoints", Endpoints.statusOperation),
  managementRow("dedicated.endpoint.sleep", "Endpoints", Endpoints.sleepOperation),
  managementRow("dedicated.endpoint.wake", "Endpoints", Endpoints.wakeOperation),
  managementRow("dedicated.endpoint.terminate", "Endpoints", Endpoints.terminateOperation),
  managementRow("dedicated.endpoint.restart", "Endpoints", Endpoints.restartOperation),
  managementRow("dataset.create_dataset", "Datasets", Datasets.createOperation),
  managementRow("dataset.list_datasets", "Datasets", Datasets.listOperation),
  managementRow("dataset.get_dataset", "Datasets", Datasets.getOperation),
  managementRow("dataset.delete_dataset", "Datasets", Datasets.deleteOperation),
  managementRow("dataset.create_version", "Datasets", Datasets.createVersionOperation),
  managementRow("dataset.list_versions", "Datasets", Datasets.listVersionsOperation),
  managementRow("dataset.get_version", "Datasets", Datasets.getVersionOperation),
  managementRow("dataset.delete_version", "Datasets", Datasets.deleteVersionOperation),
  managementRow("dataset.create_split", "Datasets", Datasets.createSplitOperation),
  managementRow("dataset.list_splits", "Datasets", Datasets.listSplitsOperation),
  managementRow("dataset.get_split", "Datasets", Datasets.getSplitOperation),
  managementRow("dataset.delete_split", "Datasets", Datasets.deleteSplitOperation),
  managementRow("dataset.add_samples", "Datasets", Datasets.addSamplesOperation),
  managementRow("dataset.list_samples", "Datasets", Datasets.listSamplesOperation),
  managementRow("dataset.update_samples", "Datasets", Datasets.updateSamplesOperation),
  managementRow("dataset.delete_samples", "Datasets", Datasets.deleteSamplesOperation),
  managementRow("file.init_upload", "Files", Files.initUploadOperation),
  managementRow("file.complete_upload", "Files", Files.completeUploadOperation),
  managementRow("file.get_info", "Files", Files.getInfoOperation),
  managementRow("file.get_download_url", "Files", Files.getDownloadUrlOperation),
  managementRow("cost.get_cost", "Cost", Cost.getOperation),
  managementRow("team.usage", "Usage", Usage.getOperation)
]

/** The operations that the SDK does not have yet. One that gets its place leaves this list: a test fails until it does. */
export const notCovered: ReadonlyArray<string> = []

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const cellsOf = ({ name, operation }: Row): ReadonlyArray<string> => [`\`${operation}\``, `\`${name}\``]

const linkOf = ({ test }: Row): string => `[${test.slice(test.lastIndexOf("/") + 1)}](../${test})`

/** The tables of `docs/operations.md`: the operations of deployments, and those that exist once. */
export const markdown = (): string =>
  [
    table([
      ["operation", "here", ...deploymentNames, "tested in"],
      ["---", "---", ...deploymentNames.map(() => ":-:"), "---"],
      ...rows
        .filter(({ management }) => management === undefined)
        .map((row) => [
          ...cellsOf(row),
          ...deploymentNames.map((deployment) => (row.deployments[deployment] === undefined ? "" : "●")),
          linkOf(row)
        ])
    ]),
    table([
      ["operation", "here, with `Management`", "tested in"],
      ["---", "---", "---"],
      ...rows.filter(({ management }) => management !== undefined).map((row) => [...cellsOf(row), linkOf(row)])
    ])
  ].join("\n\n")
