/** A shard as a workflow: some hundred rows of a run, which one worker calls. What it has done is in the journal, not in its result. */
import * as Workflow from "@effect/workflow/Workflow"
import * as Schema from "effect/Schema"

export const Shard = Workflow.make({
  name: "effect-friendli-batch/Shard",
  payload: { run: Schema.Number, journal: Schema.String, shard: Schema.Number },
  // who submits a shard twice finds it there
  idempotencyKey: ({ run, shard }) => `${run}/${shard}`
})
