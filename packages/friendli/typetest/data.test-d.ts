import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as Cost from "../src/Cost.js"
import * as Datasets from "../src/Datasets.js"
import * as DatasetUpload from "../src/DatasetUpload.js"
import type { WithResponse } from "../src/client/FriendliClient.js"
import type { FriendliError, FriendliStreamError } from "../src/errors/FriendliError.js"
import * as Files from "../src/Files.js"
import type * as Management from "../src/Management.js"
import type * as CostSchema from "../src/schema/Cost.js"
import type * as Dataset from "../src/schema/Dataset.js"
import type * as SampleSchema from "../src/schema/Sample.js"
import type * as TeamUsage from "../src/schema/TeamUsage.js"
import type { Upload } from "../src/schema/upload.js"
import * as Usage from "../src/Usage.js"

declare const file: Upload

/** Whether an interface says no less and no more than the schema of the same name. */
type Same<Named, S extends Schema.Schema.Any> = [Named] extends [Schema.Schema.Type<S>]
  ? [Schema.Schema.Type<S>] extends [Named]
    ? "same"
    : "the interface says more than the schema"
  : "the interface says less than the schema"

describe("schemas of datasets, usage and cost", () => {
  it("have the types that their interfaces name", () => {
    type Found =
      | Same<CostSchema.CostBucket, typeof CostSchema.CostBucket>
      | Same<CostSchema.CostPage, typeof CostSchema.CostPage>
      | Same<CostSchema.CostResult, typeof CostSchema.CostResult>
      | Same<Dataset.AddedSamples, typeof Dataset.AddedSamples>
      | Same<Dataset.AddSamplesRequest, typeof Dataset.AddSamplesRequest>
      | Same<Dataset.CreateDatasetRequest, typeof Dataset.CreateDatasetRequest>
      | Same<Dataset.DatasetInfo, typeof Dataset.DatasetInfo>
      | Same<Dataset.DatasetPage, typeof Dataset.DatasetPage>
      | Same<Dataset.SamplePage, typeof Dataset.SamplePage>
      | Same<Dataset.SplitPage, typeof Dataset.SplitPage>
      | Same<Dataset.StoredSample, typeof Dataset.StoredSample>
      | Same<Dataset.UpdateSamplesRequest, typeof Dataset.UpdateSamplesRequest>
      | Same<Dataset.VersionList, typeof Dataset.VersionList>
      | Same<SampleSchema.Sample, typeof SampleSchema.Sample>
      | Same<SampleSchema.SampleUserMessage, typeof SampleSchema.SampleUserMessage>
      | Same<TeamUsage.UsageBucket, typeof TeamUsage.UsageBucket>
      | Same<TeamUsage.UsagePage, typeof TeamUsage.UsagePage>
    expectTypeOf<Found>().toEqualTypeOf<"same">()
  })
})

describe("capabilities", () => {
  it("are in the layer of Management, which needs an HttpClient alone", () => {
    type Provided = Layer.Layer.Success<ReturnType<typeof Management.layer>>
    expectTypeOf<Datasets.Datasets | Files.Files | Usage.Usage | Cost.Cost>().toExtend<Provided>()
    expectTypeOf<Layer.Layer.Context<ReturnType<typeof Management.layer>>>().toEqualTypeOf<HttpClient.HttpClient>()
    expectTypeOf<Management.Services["files"]>().toEqualTypeOf<Files.Files.Service>()
  })

  it("are what a program with them requires", () => {
    const created = Datasets.create({ name: "a", projectId: "p", modality: {} })
    expectTypeOf(created).toEqualTypeOf<Effect.Effect<Datasets.DatasetInfo, FriendliError, Datasets.Datasets>>()
    const whole = Datasets.getWithResponse({ dataset_id: "ds-1" })
    expectTypeOf<Effect.Effect.Success<typeof whole>>().toEqualTypeOf<WithResponse<Datasets.DatasetInfo>>()
    expectTypeOf(Datasets.delete({ dataset_id: "ds-1" })).toEqualTypeOf<
      Effect.Effect<void, FriendliError, Datasets.Datasets>
    >()
    expectTypeOf(Datasets.allSamples({ dataset_id: "ds-1", split_id: "sp-1" })).toEqualTypeOf<
      Stream.Stream<readonly [id: string, text: string], FriendliError, Datasets.Datasets>
    >()
    expectTypeOf(Files.download({ file_id: "f" })).toEqualTypeOf<
      Stream.Stream<Uint8Array, FriendliError, Files.Files>
    >()
  })
})

describe("requests", () => {
  it("have known fields and values", () => {
    // @ts-expect-error a misspelt field
    void Datasets.list({ project_id: "p" })
    // @ts-expect-error the contract knows two directions
    void Datasets.list({ projectId: "p", direction: "up" })
    // @ts-expect-error an id is missing
    void Datasets.getSplit({ dataset_id: "ds-1" })
    // @ts-expect-error samples have no developer
    const sample: Datasets.Sample = { messages: [{ role: "developer", content: "a" }] }
    void sample
    // @ts-expect-error buckets of usage have three widths
    void Usage.get({ start_time: new Date(), end_time: new Date(), bucket_width: "2d" })
    // @ts-expect-error a number is no time
    void Cost.get({ start_time: 0, end_time: 1 })
  })

  it("take new values of open enums, and times of three kinds", () => {
    void Datasets.create({ name: "a", projectId: "p", modality: { input_modals: ["TEXT", "SMELL"] } })
    expectTypeOf<Usage.UsageRequest["start_time"]>().toEqualTypeOf<DateTime.DateTime | Date | string>()
  })
})

describe("uploads of samples", () => {
  const place = { dataset_id: "ds-1", split_id: "sp-1" }
  type Both = Datasets.Datasets | Files.Files

  it("require what their source, their progress and their loaders require", () => {
    const plain = DatasetUpload.samples({ ...place, source: file })
    expectTypeOf(plain).toEqualTypeOf<Effect.Effect<DatasetUpload.Uploaded, DatasetUpload.DatasetUploadError, Both>>()

    interface Db {
      readonly _: unique symbol
    }
    const source = Stream.fromEffect({} as Effect.Effect<Datasets.Sample, "no rows", Db>)
    const fromDb = DatasetUpload.samples({ ...place, source })
    expectTypeOf<Effect.Effect.Context<typeof fromDb>>().toEqualTypeOf<Both | Db>()

    const fromFiles = DatasetUpload.createFromFile({
      name: "a",
      projectId: "p",
      file,
      media: DatasetUpload.firstOf(DatasetUpload.dataUrls, DatasetUpload.directory("."), DatasetUpload.web())
    })
    expectTypeOf<Effect.Effect.Context<typeof fromFiles>>().toEqualTypeOf<
      Both | FileSystem.FileSystem | HttpClient.HttpClient
    >()
    const kept = DatasetUpload.createFromFile({ name: "a", projectId: "p", file, media: "keep" })
    expectTypeOf<Effect.Effect.Context<typeof kept>>().toEqualTypeOf<Both>()
    const own = DatasetUpload.createFromFile({
      name: "a",
      projectId: "p",
      file,
      media: () => Effect.succeed(Option.none())
    })
    expectTypeOf<Effect.Effect.Context<typeof own>>().toEqualTypeOf<Both>()
  })

  it("fail with one error, whose reason is typed", () => {
    expectTypeOf<DatasetUpload.DatasetUploadError["reason"]>().toEqualTypeOf<
      FriendliStreamError | DatasetUpload.InvalidSampleError
    >()
  })

  it("give their progress as a stream with their own error and requirements", () => {
    const steps = DatasetUpload.progress((onProgress) => DatasetUpload.samples({ ...place, source: file, onProgress }))
    expectTypeOf(steps).toEqualTypeOf<Stream.Stream<DatasetUpload.Progress, DatasetUpload.DatasetUploadError, Both>>()
  })
})

describe("sums", () => {
  it("are exact decimals for costs, and numbers for usage", () => {
    expectTypeOf(Cost.total).returns.toEqualTypeOf<BigDecimal.BigDecimal>()
    expectTypeOf(Usage.total).returns.toEqualTypeOf<Usage.Total>()
    // @ts-expect-error results are grouped by three fields
    void Usage.totalBy("gpu_type", [])
  })
})
