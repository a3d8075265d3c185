/** Loads the module that needs optional packages, which a batch on one machine does not need. Out: the module, or which package is missing. */
import * as Effect from "effect/Effect"
import { InvalidBatchError } from "../BatchError.js"

/** The package that an import did not find. */
const missingOf = (error: unknown): string | undefined =>
  error instanceof Error ? /Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1] : undefined

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Loads the commands of a cluster. */
export const loadCluster = Effect.tryPromise({
  try: () => import("./cluster.js"),
  catch: (error) => {
    const missing = missingOf(error)
    // for example, a package of another version is installed but cannot be loaded
    const why = missing === undefined ? `which cannot be loaded (${wordsOf(error)})` : `and ${missing} is missing`
    return new InvalidBatchError({
      message: `batches on many machines need more packages, ${why}; install them: npm install @effect/cluster @effect/experimental @effect/rpc @effect/sql @effect/sql-pg @effect/workflow`
    })
  }
})
