/** A shard as a workflow: some hundred rows of a run, for one worker. The outcomes are in the journal, not in the result of the workflow. */
import * as Workflow from "@effect/workflow/Workflow"
import * as Schema from "effect/Schema"

export const Shard = Workflow.make({
  name: "effect-friendli-batch/Shard",
  payload: { run: Schema.Number, journal: Schema.String, shard: Schema.Number },
  // a shard that is submitted twice runs once
  idempotencyKey: ({ run, shard }) => `${run}/${shard}`
})
