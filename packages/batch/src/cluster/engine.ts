/**
 * The engine of `@effect/cluster` and `@effect/workflow` over PostgreSQL alone. In: whether this process runs shards. Out: the engine.
 *
 * Processes do not talk to each other: messages, replies, runners and locks are rows that each polls. So a worker needs no address that
 * others reach, and may come and go behind any network. A message waits for the next poll, which does not matter to shards of minutes.
 *
 * Locks are rows that expire. The engine also knows advisory locks, but those belong to a session, which a pool of connections in front
 * of the database may hand to others, and their numbers are those of any other cluster in the database.
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

/** What the names of the engine's tables begin with: apart from ours, and from those of another cluster in the database. */
const prefix = "friendli_batch_engine"

/**
 * How many places the engine gives out: a worker has some of them, with the shards whose names lead there. Each is a lock that is taken,
 * renewed and released on one connection: with 300, the default of the engine, a worker that joins a busy database can make another
 * miss its renewal. Twenty workers have about five each.
 */
const places = 96

/** How soon processes notice each other. */
export interface Timing {
  /**
   * How long a worker may be silent before others take its shards. Whole seconds. Default: 35 seconds, as of the engine.
   */
  readonly failover?: Duration.DurationInput | undefined
  /** How often workers look for shards, for other workers and for a stop. Default: 1 second. */
  readonly poll?: Duration.DurationInput | undefined
}

/** How long a shard that another worker shall have goes on to start calls. Then it lets those that run end. */
const untilHandover = "200 millis"

const configOf = (worker: Option.Option<string>, { failover = "35 seconds", poll = "1 second" }: Timing) =>
  ShardingConfig.layer({
    // a name: nobody connects to it
    runnerAddress: Option.map(worker, (name) => RunnerAddress.make(name, 0)),
    shardsPerGroup: places,
    shardLockDisableAdvisory: true,
    shardLockExpiration: failover,
    refreshAssignmentsInterval: poll,
    entityMessagePollInterval: poll,
    entityTerminationTimeout: untilHandover
  })

const storages = Layer.merge(SqlMessageStorage.layerWith({ prefix }), SqlRunnerStorage.layerWith({ prefix }))

/** The engine of one process: of a worker with its name, or of who submits. */
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

/** Makes the tables of the engine. Two processes that do it at the same time may both fail. */
export const makeTables: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.scoped(
  Effect.asVoid(Layer.build(Layer.provide(storages, configOf(Option.none(), {}))))
)
