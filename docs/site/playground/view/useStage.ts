/** What all scenes are given, and the stage that one stands on. */
import type * as SubscriptionRef from "effect/SubscriptionRef"
import { onScopeDispose } from "vue"
import type { Connection } from "../connection.js"
import { type Stage, stageFor } from "../stage.js"

export interface SceneProps {
  readonly connection: SubscriptionRef.SubscriptionRef<Connection>
  /** Empty for the default of a container. */
  readonly model: string
}

/** The stage of a scene. What runs on it is interrupted when the page is left. */
export const useStage = (name: string, { connection }: SceneProps): Stage => {
  const stage = stageFor(name, connection)
  onScopeDispose(stage.stop)
  return stage
}

/** A field that is empty leaves the model out. */
export const modelOf = ({ model }: SceneProps): string | undefined => (model === "" ? undefined : model)
