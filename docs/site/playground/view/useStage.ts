/** The props of all scenes, and the stage of each scene. */
import type * as SubscriptionRef from "effect/SubscriptionRef"
import { onScopeDispose } from "vue"
import type { Connection } from "../connection.js"
import { type Stage, stageFor } from "../stage.js"

export interface SceneProps {
  readonly connection: SubscriptionRef.SubscriptionRef<Connection>
  /** Empty for the default model of a container. */
  readonly model: string
}

/** The stage of a scene. Its program is interrupted when the user leaves the page. */
export const useStage = (name: string, { connection }: SceneProps): Stage => {
  const stage = stageFor(name, connection)
  onScopeDispose(stage.stop)
  return stage
}

/** An empty field means no model. */
export const modelOf = ({ model }: SceneProps): string | undefined => (model === "" ? undefined : model)
