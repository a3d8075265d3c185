/**
 * The states of a circuit breaker, call by call, without Effect and without time.
 */
import * as fc from "fast-check"
import { assert, describe, it } from "vitest"
import * as circuits from "../../src/resilience/circuits.js"

const settings: circuits.Settings = { failureThreshold: 2, resetTimeout: 1000 }

const admitted = (circuit: circuits.Circuit, now: number): circuits.Admitted => {
  const entered = circuit.enter(now)
  if ("rejected" in entered) return assert.fail(`rejected at ${now}`)
  return entered
}

const rejected = (circuit: circuits.Circuit, now: number): number | undefined => {
  const entered = circuit.enter(now)
  if (!("rejected" in entered)) return assert.fail(`admitted at ${now}`)
  return entered.until
}

/** One call after the other. */
const call = (circuit: circuits.Circuit, verdict: circuits.Verdict, now = 0): circuits.Change | undefined =>
  circuit.done(admitted(circuit, now), verdict, now)

/** Open since 0. */
const opened = (): circuits.Circuit => {
  const circuit = circuits.make(settings)
  call(circuit, "failure")
  call(circuit, "failure")
  return circuit
}

describe("a closed circuit", () => {
  it("admits every call and reports no change", () => {
    const circuit = circuits.make(settings)
    assert.strictEqual(circuit.state(0), "closed")
    assert.deepStrictEqual(circuit.enter(0), { generation: 0, change: undefined })
    assert.isUndefined(call(circuit, "success"))
    assert.strictEqual(circuit.state(0), "closed")
  })

  it("opens at the failure that reaches the threshold", () => {
    const circuit = circuits.make(settings)
    assert.isUndefined(call(circuit, "failure", 10))
    assert.strictEqual(circuit.state(10), "closed")
    assert.strictEqual(call(circuit, "failure", 20), "open")
    assert.deepStrictEqual(circuit.state(20), { until: 1020 })
  })

  it("counts consecutive failures: a success resets the count", () => {
    const circuit = circuits.make(settings)
    for (let n = 0; n < 5; n++) {
      assert.isUndefined(call(circuit, "failure"))
      assert.isUndefined(call(circuit, "success"))
    }
    assert.isUndefined(call(circuit, "failure"))
    assert.strictEqual(call(circuit, "failure"), "open")
  })

  it("a neutral outcome neither counts nor resets the count", () => {
    const circuit = circuits.make(settings)
    assert.isUndefined(call(circuit, "neutral"))
    assert.isUndefined(call(circuit, "failure"))
    assert.isUndefined(call(circuit, "neutral"))
    assert.strictEqual(call(circuit, "failure"), "open")
  })

  it("an answer before the end of a call changes nothing", () => {
    const circuit = circuits.make(settings)
    call(circuit, "failure")
    const entered = admitted(circuit, 0)
    assert.isUndefined(circuit.answered(entered, 0))
    assert.strictEqual(circuit.done(entered, "failure", 0), "open")
  })
})

describe("a share of failures", () => {
  const make = (rate: number, of: number) => circuits.make({ failureThreshold: { rate, of }, resetTimeout: 1000 })

  it("says nothing before there are as many outcomes as the window has", () => {
    const circuit = make(0.5, 10)
    for (let n = 0; n < 9; n++) assert.isUndefined(call(circuit, "failure"), `after ${n + 1}`)
    assert.strictEqual(call(circuit, "failure"), "open")
  })

  it("opens at the rate, and not below it", () => {
    const below = make(0.5, 4)
    for (const verdict of ["failure", "success", "success", "success"] as const)
      assert.isUndefined(call(below, verdict))
    const reached = make(0.5, 4)
    for (const verdict of ["failure", "success", "success"] as const) assert.isUndefined(call(reached, verdict))
    assert.strictEqual(call(reached, "failure"), "open")
  })

  it("forgets what is older than the window", () => {
    const circuit = make(0.5, 4)
    const verdicts = ["failure", "success", "success", "success", "failure", "success", "success", "success"] as const
    for (const verdict of verdicts) assert.isUndefined(call(circuit, verdict))
    // success, success, success, failure
    assert.isUndefined(call(circuit, "failure"))
    assert.strictEqual(call(circuit, "failure"), "open")
  })

  it("begins with an empty window after it has closed again", () => {
    const circuit = make(0.5, 2)
    call(circuit, "failure")
    assert.strictEqual(call(circuit, "failure"), "open")
    assert.strictEqual(circuit.done(admitted(circuit, 1000), "success", 1000), "closed")
    assert.isUndefined(call(circuit, "failure", 1000))
    assert.strictEqual(call(circuit, "failure", 1000), "open")
  })
})

describe("an open circuit", () => {
  it("rejects until the reset timeout, and says when that is", () => {
    const circuit = opened()
    assert.strictEqual(rejected(circuit, 0), 1000)
    assert.strictEqual(rejected(circuit, 999), 1000)
    assert.deepStrictEqual(circuit.state(999), { until: 1000 })
    assert.strictEqual(circuit.state(1000), "halfOpen")
  })

  it("admits one probe after it, and rejects others meanwhile", () => {
    const circuit = opened()
    assert.strictEqual(admitted(circuit, 1000).change, "half_open")
    assert.isUndefined(rejected(circuit, 1000))
    assert.strictEqual(circuit.state(1500), "halfOpen")
  })

  it("closes when the probe succeeds, with no failure counted", () => {
    const circuit = opened()
    assert.strictEqual(circuit.done(admitted(circuit, 1000), "success", 1100), "closed")
    assert.strictEqual(circuit.state(1100), "closed")
    assert.isUndefined(admitted(circuit, 1100).change)
    assert.isUndefined(call(circuit, "failure", 1100))
    assert.strictEqual(call(circuit, "failure", 1100), "open")
  })

  it("closes when the probe is answered; its end is then one of a closed circuit", () => {
    const circuit = opened()
    const probe = admitted(circuit, 1000)
    assert.strictEqual(circuit.answered(probe, 1100), "closed")
    assert.isUndefined(circuit.done(probe, "failure", 1200))
    assert.isUndefined(call(circuit, "failure", 1200))
    assert.strictEqual(circuit.state(1200), "closed")
  })

  it("opens again when the probe fails, for as long, from then on", () => {
    const circuit = opened()
    assert.strictEqual(circuit.done(admitted(circuit, 1000), "failure", 1300), "open")
    assert.strictEqual(rejected(circuit, 1300), 2300)
    assert.strictEqual(admitted(circuit, 2300).change, "half_open")
  })

  it("stays half-open after a neutral trial: the next call is a trial too, and nothing changes for it", () => {
    const circuit = opened()
    const first = admitted(circuit, 1000)
    assert.isUndefined(circuit.done(first, "neutral", 1100))
    assert.strictEqual(circuit.state(1100), "halfOpen")
    const second = admitted(circuit, 1100)
    assert.isUndefined(second.change)
    assert.isUndefined(rejected(circuit, 1100))
    // the first probe has nothing to say any more
    assert.isUndefined(circuit.done(first, "success", 1150))
    assert.isUndefined(rejected(circuit, 1150))
    assert.strictEqual(circuit.done(second, "success", 1200), "closed")
  })

  it("is half-open again after it has closed and opened again", () => {
    const circuit = opened()
    circuit.done(admitted(circuit, 1000), "success", 1000)
    call(circuit, "failure", 1000)
    call(circuit, "failure", 1000)
    assert.strictEqual(admitted(circuit, 2000).change, "half_open")
    const again = opened()
    again.done(admitted(again, 1000), "failure", 1000)
    assert.strictEqual(admitted(again, 2000).change, "half_open")
  })
})

describe("calls that began before a change", () => {
  it("do not open a circuit that is open, nor make it stay open longer", () => {
    const circuit = circuits.make(settings)
    const late = admitted(circuit, 0)
    call(circuit, "failure")
    call(circuit, "failure")
    assert.isUndefined(circuit.done(late, "failure", 500))
    assert.deepStrictEqual(circuit.state(500), { until: 1000 })
  })

  it("do not count after it has closed again", () => {
    const circuit = circuits.make(settings)
    const late = [admitted(circuit, 0), admitted(circuit, 0)]
    call(circuit, "failure")
    call(circuit, "failure")
    circuit.done(admitted(circuit, 1000), "success", 1000)
    for (const one of late) assert.isUndefined(circuit.done(one, "failure", 1100))
    assert.strictEqual(circuit.state(1100), "closed")
    assert.isUndefined(call(circuit, "failure", 1100))
  })

  it("do not close a circuit that is probed", () => {
    const circuit = circuits.make(settings)
    const late = admitted(circuit, 0)
    call(circuit, "failure")
    call(circuit, "failure")
    admitted(circuit, 1000)
    assert.isUndefined(circuit.done(late, "success", 1100))
    assert.isUndefined(circuit.answered(late, 1100))
    assert.isUndefined(rejected(circuit, 1100))
  })
})

it("whatever comes: one probe at most, rejections only while it is open, and every change is seen", () => {
  const verdict = fc.constantFrom<circuits.Verdict>("success", "failure", "neutral")
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 700 }), verdict, fc.boolean()), { maxLength: 40 }), (steps) => {
      const circuit = circuits.make(settings)
      const running: Array<circuits.Admitted> = []
      let now = 0
      let state: "closed" | "open" | "half_open" = "closed"
      for (const [later, how, ends] of steps) {
        now += later
        if (ends && running.length > 0) {
          state = circuit.done(running.shift()!, how, now) ?? state
        } else {
          const entered = circuit.enter(now)
          if ("rejected" in entered) {
            assert.notStrictEqual(state, "closed")
            if (entered.until !== undefined) assert.isAbove(entered.until, now)
          } else {
            state = entered.change ?? state
            assert.notStrictEqual(state, "open")
            running.push(entered)
          }
        }
        const said = circuit.state(now)
        if (state === "closed") assert.strictEqual(said, "closed")
        if (typeof said === "object") assert.strictEqual(state, "open")
      }
    }),
    { numRuns: 200 }
  )
})
