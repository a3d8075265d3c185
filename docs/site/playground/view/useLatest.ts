/** Converts a state of Effect to a state of Vue. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { onScopeDispose, type ShallowRef, shallowRef } from "vue"

/** The latest value, at most once per frame: more updates would not be visible, and a fast stream must not block the page. */
export const useLatest = <A>(state: SubscriptionRef.SubscriptionRef<A>): Readonly<ShallowRef<A>> => {
  let latest = Effect.runSync(SubscriptionRef.get(state))
  const shown = shallowRef(latest)
  let frame = 0
  const follow = Stream.runForEach(state.changes, (value) =>
    Effect.sync(() => {
      latest = value
      if (frame !== 0) return
      frame = requestAnimationFrame(() => {
        frame = 0
        shown.value = latest
      })
    })
  )
  const fiber = Effect.runFork(follow)
  onScopeDispose(() => {
    cancelAnimationFrame(frame)
    Effect.runFork(Fiber.interrupt(fiber))
  })
  return shown
}
