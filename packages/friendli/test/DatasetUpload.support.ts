/** What the tests of uploads of samples share: mocks of the capabilities that keep what they are told. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Datasets from "effect-friendli/Datasets"
import * as Files from "effect-friendli/Files"
import { Wire } from "effect-friendli/testing"
import * as Upload from "effect-friendli/Upload"

export const secret = "Why do zebras yawn?"
export const sample = (content: string): Datasets.Sample => ({ messages: [{ role: "user", content }] })
export const line = (content: string): string => JSON.stringify(sample(content))

export const fileOf = (text: string, name = "talks.jsonl"): Upload.Upload =>
  Upload.fromBytes(new TextEncoder().encode(text), { name })

export const place = { dataset_id: "ds-1", split_id: "sp-1" }

export const call = { operation: "Datasets.addSamples", deployment: "management", message: "The service failed." }

export interface World {
  readonly datasets?: Partial<Datasets.Datasets.Service>
  readonly files?: Partial<Files.Files.Service>
}

/** A world that keeps what it is told, in order. */
export const world = ({ datasets, files }: World = {}) => {
  const added: Array<ReadonlyArray<string>> = []
  const told: Array<string> = []
  let uploads = 0
  const layer = Layer.mergeAll(
    Layer.mock(Datasets.Datasets, {
      create: ({ modality, name }) => {
        told.push(`create ${name} for ${modality.input_modals?.join("+") ?? "nothing"}`)
        return Effect.succeed(Wire.dataset("ds-1"))
      },
      createSplit: ({ name }) => {
        told.push(`split ${name}`)
        return Effect.succeed(Wire.split({ id: "sp-1", name }))
      },
      delete: ({ dataset_id }) => Effect.sync(() => void told.push(`delete ${dataset_id}`)),
      addSamples: ({ samples }) => {
        const texts = samples.map(String)
        added.push(texts)
        return Effect.succeed(Wire.addedSamples(texts))
      },
      ...datasets
    }),
    Layer.mock(Files.Files, {
      upload: ({ file }) => {
        told.push(`upload ${file.name}`)
        return Effect.succeed({
          fileId: `file-${++uploads}`,
          size: file.size ?? 0,
          digest: "sha256:00",
          wasStored: false
        })
      },
      getDownloadUrl: ({ file_id }) =>
        Effect.succeed({ fileId: file_id, s3Uri: `s3://bucket/${file_id}`, downloadUrl: "https://store.example" }),
      ...files
    })
  )
  return { added, told, layer }
}
