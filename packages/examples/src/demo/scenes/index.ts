/** The scenes of the demo, in their order. */
import type { FileSystem, HttpClient } from "@effect/platform"
import type { Effect } from "effect"
import type { Serverless } from "effect-friendli"
import type { EmulatorServer } from "effect-friendli-emulator/EmulatorServer"
import type { Settings } from "../api.js"
import type { Screen } from "../screen.js"
import { agent } from "./agent.js"
import { batch } from "./batch.js"
import { completion, streamedChat } from "./chat.js"
import { cutStream, retries, typedErrors } from "./failures.js"
import { structured } from "./structured.js"
import { tokens } from "./tokens.js"

/** The common fields of all failures of a scene. */
export interface Failure {
  readonly _tag: string
  readonly message: string
}

/** One scene. It requires capabilities and a screen, and does not depend on which API answers. */
export interface Scene {
  /** For `--scene`. */
  readonly name: string
  readonly title: string
  /** True if it needs the emulator, for faults, or because it sends hundreds of calls. */
  readonly needsEmulator: boolean
  readonly show: (
    settings: Settings
  ) => Effect.Effect<
    void,
    Failure,
    Serverless.Capabilities | Screen | EmulatorServer | FileSystem.FileSystem | HttpClient.HttpClient
  >
}

const onAny = (name: string, title: string, show: Scene["show"]): Scene => ({
  name,
  title,
  needsEmulator: false,
  show
})
const onEmulatorOnly = (name: string, title: string, show: Scene["show"]): Scene => ({
  name,
  title,
  needsEmulator: true,
  show
})

export const scenes: ReadonlyArray<Scene> = [
  onAny("chat", "A chat answer as it arrives", ({ prompt }) => streamedChat(prompt)),
  onAny("completion", "A completion", () => completion),
  onAny("tokens", "Tokens, and back", () => tokens),
  onAny("structured", "An answer as a typed value", () => structured),
  onAny("agent", "An agent with two tools", ({ model }) => agent(model)),
  onEmulatorOnly("retry", "A retry that recovers", () => retries),
  onEmulatorOnly("errors", "Typed errors, by tag", () => typedErrors),
  onEmulatorOnly("cut", "A stream cut short", () => cutStream),
  onEmulatorOnly("batch", "A batch of 200 rows, killed and resumed", ({ model }) => batch(model))
]
