/**
 * The engine of `@effect/cluster` and `@effect/workflow` over PostgreSQL alone. In: the name of a worker, if this process runs shards. Out: the
 * engine.
 *
 * Processes do not connect to each other: messages, replies, runners and locks are rows that each process polls. So a worker needs no address that
 * others can reach, and may start and stop in any network. A message waits for the next poll, which does not matter for shards that take minutes.
 *
 * Locks are rows that expire. The engine also has advisory locks, but they belong to a session, which a connection pool in front of the database may
 * give to others, and their numbers could clash with another cluster in the database.
 */
import * as ClusterWorkflowEngine from "@effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerHealth from "@effect/cluster/RunnerHealth"
import * as Runners from "@effect/cluster/Runners"
import * as Sharding from "@effect/cluster/Sharding"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** The prefix of the engine's tables, so that they differ from ours and from those of another cluster in the database. */
const prefix = "friendli_batch_engine"

/**
 * How many partitions the engine distributes: each worker has some, and runs the shards that hash to them. Each partition is a lock that is taken,
 * renewed and released on one connection: with 300, the default of the engine, a worker that joins a busy database can make another worker miss its
 * renewal. Twenty workers have about five each.
 */
const partitions = 96

/** The defaults of the engine. */
export const defaults = { failover: "35 seconds", poll: "1 second" } as const

/** How soon processes notice each other. */
export interface Timing {
  /**
   * How long a worker may give no sign before others take its shards, in whole seconds. Default: 35 seconds, the default of the engine.
   */
  readonly failover?: Duration.DurationInput | undefined
  /** How often workers look for shards, for other workers and for a stop. Default: 1 second. */
  readonly poll?: Duration.DurationInput | undefined
}

/** How long a shard that moves to another worker still starts calls. Then it waits for its running calls. */
const handoverDelay = "200 millis"

const configOf = (worker: Option.Option<string>, { failover = defaults.failover, poll = defaults.poll }: Timing) =>
  ShardingConfig.layer({
    // only a name: nobody connects to it
    runnerAddress: Option.map(worker, (name) => RunnerAddress.make(name, 0)),
    shardsPerGroup: partitions,
    shardLockDisableAdvisory: true,
    shardLockExpiration: failover,
    refreshAssignmentsInterval: poll,
    entityMessagePollInterval: poll,
    entityTerminationTimeout: handoverDelay
  })

const storages = Layer.merge(SqlMessageStorage.layerWith({ prefix }), SqlRunnerStorage.layerWith({ prefix }))

/** The engine of one process: a worker with its name, or a submitter. */
export const layer = (
  worker: Option.Option<string>,
  timing: Timing
): Layer.Layer<WorkflowEngine.WorkflowEngine, SqlError, SqlClient.SqlClient> =>
  ClusterWorkflowEngine.layer.pipe(
    Layer.provide(Sharding.layer),
    Layer.provide(Runners.layerNoop),
    Layer.provide([storages, RunnerHealth.layerNoop]),
    Layer.provide(configOf(worker, timing))
  )

/** Creates the tables of the engine. If two processes do this at the same time, both may fail. */
export const makeTables: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.scoped(
  Effect.asVoid(Layer.build(Layer.provide(storages, configOf(Option.none(), {}))))
)
