import * as Schedule from "effect/Schedule"
import * as Retry from "effect-friendli/Retry"
import { type Call, type Outcome, run } from "../Contender.js"
import {
  always,
  call,
  inTurn,
  type RawServer,
  reset,
  type Script,
  type Steps,
  untilClosed,
  wait,
  write
} from "../RawServer.js"
import {
  and,
  type Expected,
  type Family,
  judge,
  one,
  overAnyLayer,
  plural,
  type Scenario,
  type Settings,
  type Verdict,
  withServer
} from "../Scenario.js"
import {
  answer,
  begun,
  begunText,
  event,
  head,
  piece,
  sse,
  sseHead,
  text,
  whole,
  whole200,
  wholeStream
} from "../wire.js"

type Retries = NonNullable<Call["retry"]>

/** The default of the SDK, and of the others. */
const standard: Retries = { policy: Retry.defaultPolicy, times: 2 }
const quick: Retries = {
  policy: Retry.backoff({ initialInterval: "10 millis", maxInterval: "50 millis", maxRetries: 5 }),
  times: 5
}
/** A policy that waits an hour, so that any earlier attempt is caused by the server's `Retry-After`. */
const patient: Retries = {
  policy: Retry.transient(Schedule.spaced("1 hour").pipe(Schedule.intersect(Schedule.recurs(1)))),
  times: 1
}

type Row = Pick<Scenario, "id" | "server" | "shows" | "why" | "slow" | "fails"> & {
  readonly kind?: Call["kind"]
  readonly peers?: Scenario["peers"]
  readonly retry?: Retries
  readonly settings?: Settings
  readonly patience?: number
  readonly also?: (server: RawServer) => ReadonlyArray<string>
}

const row = ({ retry = standard, settings, ...described }: Row, expected: Expected, script: () => Script): Scenario =>
  one({ kind: "unary", ...described, settings: { ...settings, retry }, expected, script })

const answered = (attempts: number): Expected => ({ ended: "complete", text, attempts })

/** A rejection that requires almost no wait. */
const briefly = (status: number): Steps => answer(status, undefined, { "retry-after-ms": 5 })

const gapOf = ({ requests }: RawServer): number => (requests[1]?.at ?? Infinity) - (requests[0]?.at ?? 0)

/** Timers may fire a little early. */
const notBefore =
  (millis: number) =>
  (server: RawServer): ReadonlyArray<string> =>
    gapOf(server) >= millis - 20 ? [] : [`retried after ${gapOf(server)} ms`]

/** Headers that must be the same in all attempts. Clients may count the attempts in other headers. */
const same = ["authorization", "content-type", "content-length", "accept"]

const identical = ({ requests }: RawServer): ReadonlyArray<string> => {
  const [first] = requests
  return first === undefined
    ? []
    : [
        ...(requests.every(({ body }) => body.equals(first.body)) ? [] : ["bodies differ"]),
        ...(requests.every(({ method, path }) => method === first.method && path === first.path)
          ? []
          : ["paths differ"]),
        ...same
          .filter((name) => requests.some(({ headers }) => headers[name] !== first.headers[name]))
          .map((name) => `\`${name}\` differs`)
      ]
}

/** Each form of `Retry-After` in its own call, all at the same time. */
const eachForm = (
  described: Pick<Row, "id" | "server" | "shows" | "why"> & { readonly peers?: Scenario["peers"] },
  retry: Retries,
  forms: ReadonlyArray<Readonly<Record<string, string>>>,
  wrongWith: (server: RawServer, outcome: Outcome) => ReadonlyArray<string>
): Scenario => ({
  peers: false,
  ...described,
  run: async (client): Promise<Verdict> => {
    const wrong = await Promise.all(
      forms.map((headers) =>
        withServer(inTurn(answer(503, undefined, headers), whole200()), async (server) => {
          const outcome = await run(client, { kind: "unary", baseUrl: server.url, retry })
          return wrongWith(server, outcome).map((what) => `${JSON.stringify(headers)}: ${what}`)
        })
      )
    )
    return and({ ok: true, seen: plural(forms.length, "form") }, wrong.flat())
  }
})

/** The three date formats of HTTP. */
const dates = (at: Date): ReadonlyArray<string> => {
  const [, day = "", month = "", year = "", time = ""] = /(\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) ?? []
  const long = at.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" })
  return [
    at.toUTCString(),
    `${long}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    `${long.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`
  ]
}

/** The caller cancels when the server has rejected the request, while the client waits. */
const cancelWhileWaiting = (
  described: Pick<Row, "id" | "server" | "shows" | "why"> & { readonly peers?: Scenario["peers"] },
  kind: Call["kind"],
  retry: Retries,
  rejection: Steps
): Scenario => ({
  peers: true,
  ...described,
  run: (client) => {
    let now = () => {}
    const stop = new Promise<void>((resolve) => {
      now = resolve
    })
    return withServer(always(...rejection, wait(150), call(now)), async (server) => {
      const outcome = await run(client, { kind, baseUrl: server.url, retry, stop })
      // a client that still waits would send the request again
      await new Promise((resolve) => setTimeout(resolve, 100))
      return and({ ok: true, seen: outcome.ended }, [
        ...(outcome.ended === "hang" ? ["the call continues"] : []),
        ...(outcome.ended === "complete" ? ["ended as complete"] : []),
        ...(client.isOurs && outcome.ended !== "aborted" ? [outcome.ended] : []),
        ...(server.requests.length === 1 ? [] : [plural(server.requests.length, "request")])
      ])
    })
  }
})

/** Each status in its own call. */
const eachStatus = (
  described: Omit<Row, "kind">,
  statuses: ReadonlyArray<number>,
  expectedOf: (status: number) => Pick<Expected, "attempts" | "status"> & { readonly succeeds: boolean }
): Scenario => ({
  peers: true,
  ...described,
  run: async (client): Promise<Verdict> => {
    const wrong: Array<string> = []
    for (const status of statuses) {
      const { attempts, succeeds } = expectedOf(status)
      await withServer(inTurn(briefly(status), whole200()), async (server) => {
        const outcome = await run(client, { kind: "unary", baseUrl: server.url, retry: standard })
        if (server.requests.length !== attempts || (outcome.ended === "complete") !== succeeds) {
          wrong.push(`${status}: ${plural(server.requests.length, "request")}, ${outcome.ended}`)
        }
      })
    }
    return wrong.length === 0 ? { ok: true, seen: statuses.join(", ") } : { ok: false, seen: wrong.join("; ") }
  }
})

const past = "Sun, 06 Nov 1994 08:49:37 GMT"

export const family: Family = {
  name: "retries",
  title: "Retries",
  about:
    "The server counts what is sent again, when, and how often. Other clients have the same number of retries. Lower limits of waits are checked; upper limits are not, since machines may be slow.",
  scenarios: overAnyLayer(
    [
      row(
        {
          id: "retry-recovers",
          server: "answers 503, 429, 500, then streams",
          shows: "the whole text after four requests with identical bodies",
          why: "A retry that differs from the request is a bug that appears only under load.",
          kind: "stream",
          retry: quick,
          also: identical
        },
        answered(4),
        () => inTurn(briefly(503), briefly(429), briefly(500), wholeStream)
      ),
      row(
        {
          id: "retry-gives-up",
          server: "answers 503, always",
          shows: "OverloadedError after three requests",
          why: "Clients that never stop make an outage longer.",
          also: identical
        },
        { ended: "OverloadedError", status: 503, attempts: 3 },
        () => always(...briefly(503))
      ),
      eachStatus(
        {
          id: "retry-transient",
          server: "answers 408, 429, 500, 502, 503, 504 or 529, then answers",
          shows: "the answer, after two requests each",
          why: "These are transient."
        },
        [408, 429, 500, 502, 503, 504, 529],
        () => ({ attempts: 2, succeeds: true })
      ),
      eachStatus(
        {
          id: "retry-final",
          server: "answers 400, 401, 403, 404, 413 or 422",
          shows: "the failure, after one request each",
          why: "The same request fails again."
        },
        [400, 401, 403, 404, 413, 422],
        () => ({ attempts: 1, succeeds: false })
      ),
      eachStatus(
        {
          id: "retry-final-too",
          server: "answers 402, 409, 425, 501",
          shows: "the failure, after one request each",
          why: "It is unknown whether a retry helps. (Others document that they retry 409 and every 5xx.)",
          peers: false
        },
        [402, 409, 425, 501],
        () => ({ attempts: 1, succeeds: false })
      ),
      {
        id: "retry-every-status",
        server: "answers every status from 400 to 599 except 407 and 421, then answers",
        shows:
          "the answer, after two requests, for 408, 429, 500, 502, 503, 504 and 529; the failure, after one, for all others",
        why: "The retried statuses are a list, which can be checked.",
        peers: false,
        slow: true,
        run: (client) => {
          const statuses = Array.from({ length: 200 }, (_, at) => 400 + at).filter(
            (status) => status !== 407 && status !== 421
          )
          const passing = new Set([408, 429, 500, 502, 503, 504, 529])
          const asked = new Map<number, number>()
          const script: Script = {
            request: ({ body }) => {
              const status = Number(/"model":"status-(\d+)"/.exec(body.toString("utf8"))?.[1])
              const count = (asked.get(status) ?? 0) + 1
              asked.set(status, count)
              return count === 1 ? briefly(status) : whole200()
            }
          }
          return withServer(script, async (server): Promise<Verdict> => {
            const wrong: Array<string> = []
            const one = async (status: number): Promise<void> => {
              const { ended } = await run(client, {
                kind: "unary",
                baseUrl: server.url,
                retry: standard,
                request: { model: `status-${status}` }
              })
              const due = passing.has(status) ? 2 : 1
              if (asked.get(status) !== due || (ended === "complete") !== (due === 2)) {
                wrong.push(`${status}: ${plural(asked.get(status) ?? 0, "request")}, ${ended}`)
              }
            }
            for (let at = 0; at < statuses.length; at += 20) await Promise.all(statuses.slice(at, at + 20).map(one))
            return and({ ok: true, seen: `${statuses.length} statuses` }, wrong)
          })
        }
      },
      row(
        {
          id: "retry-max-retries",
          server: "answers 503, always; the caller allows four retries",
          shows: "OverloadedError after five requests with identical bodies",
          why: "The number of retries is exact.",
          retry: {
            policy: Retry.backoff({ initialInterval: "5 millis", maxInterval: "10 millis", maxRetries: 4 }),
            times: 4
          },
          also: identical
        },
        { ended: "OverloadedError", status: 503, attempts: 5 },
        () => always(...briefly(503))
      ),
      row(
        {
          id: "retry-none",
          server: "answers 503, always; the caller wants no retry",
          shows: "OverloadedError after one request",
          why: "No retry means one request.",
          retry: { policy: Retry.never, times: 0 }
        },
        { ended: "OverloadedError", status: 503, attempts: 1 },
        () => always(...answer(503))
      ),
      row(
        {
          id: "retry-last",
          server: "answers 503, then 500, then 429, always",
          shows: "RateLimitError after three requests: the last error",
          why: "The server's last answer counts.",
          also: identical
        },
        { ended: "RateLimitError", status: 429, attempts: 3 },
        () => inTurn(briefly(503), briefly(500), briefly(429))
      ),
      row(
        {
          id: "retry-then-final",
          server: "answers 503, then 401",
          shows: "AuthenticationError after two requests",
          why: "Each error is judged separately."
        },
        { ended: "AuthenticationError", status: 401, attempts: 2 },
        () => inTurn(briefly(503), briefly(401))
      ),
      row(
        {
          id: "retry-connections",
          server: "answers 503 five times with 50 KB, then streams",
          shows: "the whole text after six requests, over no more than two connections",
          why: "An error body that is not read to its end costs a connection each time, during an overload.",
          kind: "stream",
          retry: quick,
          also: (server) => [
            ...identical(server),
            ...(server.connections.accepted <= 2 ? [] : [plural(server.connections.accepted, "connection")])
          ]
        },
        answered(6),
        () => ({
          request: (_, at) => (at < 5 ? answer(503, "0123456789".repeat(5000), { "retry-after-ms": 20 }) : wholeStream)
        })
      ),
      row(
        {
          id: "retry-after-stream",
          server: "answers a stream with 429 and `Retry-After: 1`, then streams",
          shows: "the whole text; the retry comes no sooner",
          why: "An error status means the same for streams.",
          kind: "stream",
          also: (server) => [...notBefore(1000)(server), ...identical(server)]
        },
        answered(2),
        () => inTurn(answer(429, undefined, { "retry-after": 1 }), wholeStream)
      ),
      eachForm(
        {
          id: "retry-after-forms",
          server:
            "says “now” in every form: 0, 0.0, 000, blanks around, milliseconds, a past date in each of HTTP's three forms; the policy alone would wait an hour",
          shows: "the answer, at once",
          why: "Servers and proxies of every age use every form."
        },
        patient,
        [
          ...["0", "0.0", "000", "  0  ", ...dates(new Date("1994-11-06T08:49:37Z"))].map((hint) => ({
            "retry-after": hint
          })),
          { "retry-after-ms": "0" },
          { "retry-after-ms": "1.5" },
          { "retry-after-ms": "0", "retry-after": "3600" },
          { "retry-after-ms": "soon", "retry-after": "0" },
          { "Retry-After": "0" },
          { "RETRY-AFTER": "0" }
        ],
        (server, { ended }) => (ended === "complete" && server.requests.length === 2 ? [] : [ended])
      ),
      eachForm(
        {
          id: "retry-after-far",
          server: "says “in an hour or later” in every form, including a number that is too large for timers",
          shows: "OverloadedError at once, with the wait in it",
          why: "A timer turns a number that is too large into no wait."
        },
        quick,
        [
          ...["3601", "99999999999999999999", ...dates(new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_700_000))].map(
            (hint) => ({ "retry-after": hint })
          ),
          { "retry-after-ms": "3600001" }
        ],
        (server, { ended, retryAfter = 0 }) =>
          ended === "OverloadedError" && server.requests.length === 1 && retryAfter > 3_500_000
            ? []
            : [`${ended} after ${plural(server.requests.length, "request")}, retryAfter ${retryAfter}`]
      ),
      eachForm(
        {
          id: "retry-after-no-form",
          server:
            "sends invalid forms: -1, 1e9, 0x10, `Infinity`, `1, 2`, `12 seconds`, a local date, an ISO date, nothing",
          shows: "the answer, after the policy's own short wait",
          why: "`Number` and `Date.parse` read many of them as hours, years, or no wait."
        },
        quick,
        [
          "-1",
          "1e9",
          "0x10",
          "Infinity",
          "NaN",
          "7200, 7200",
          "7200 seconds",
          "",
          "Nov 6 2094",
          "2094-11-06T08:49:37Z",
          "٣٦٠٠"
        ].map((hint) => ({ "retry-after": hint })),
        (server, { ended }) => (ended === "complete" && server.requests.length === 2 ? [] : [ended])
      ),
      row(
        {
          id: "retry-after-fraction",
          server: "answers 429 with `Retry-After: 0.4`",
          shows: "the answer; the retry comes no sooner",
          why: "Not allowed by HTTP, but used.",
          also: notBefore(400)
        },
        answered(2),
        () => inTurn(answer(429, undefined, { "retry-after": "0.4" }), whole200())
      ),
      row(
        {
          id: "retry-after-seconds",
          server: "answers 429 with `Retry-After: 1`",
          shows: "the answer; the retry comes no sooner",
          why: "Clients that retry sooner get banned.",
          also: notBefore(1000)
        },
        answered(2),
        () => inTurn(answer(429, undefined, { "retry-after": 1 }), whole200())
      ),
      row(
        {
          id: "retry-after-date",
          server: "answers 503 with `Retry-After` as a date two seconds ahead",
          shows: "the answer; the retry comes no sooner",
          why: "HTTP's other form.",
          patience: 6000,
          slow: true,
          also: (server) => {
            const due = Math.floor(server.requests[0]!.at / 1000) * 1000 + 2000
            const came = server.requests[1]?.at ?? 0
            return came >= due - 20 ? [] : [`came back ${due - came} ms too soon`]
          }
        },
        answered(2),
        () => ({
          request: (request, at) =>
            at === 0
              ? answer(503, undefined, {
                  "retry-after": new Date(Math.floor(request.at / 1000) * 1000 + 2000).toUTCString()
                })
              : whole200()
        })
      ),
      row(
        {
          id: "retry-after-ms",
          server: "answers 429 with `retry-after-ms: 300` and `Retry-After: 30`",
          shows: "the answer; the retry comes no sooner than 300 ms, and does not wait for 30 s",
          why: "The more exact one has priority.",
          also: notBefore(300)
        },
        answered(2),
        () => inTurn(answer(429, undefined, { "retry-after-ms": 300, "retry-after": 30 }), whole200())
      ),
      row(
        {
          id: "retry-after-zero",
          server: "answers 503 with `Retry-After: 0`; the policy alone would wait an hour",
          shows: "the answer, at once",
          why: "Zero is a hint, too.",
          peers: false,
          retry: patient
        },
        answered(2),
        () => inTurn(answer(503, undefined, { "retry-after": 0 }), whole200())
      ),
      row(
        {
          id: "retry-after-past",
          server: "answers 503 with `Retry-After` as a date that has passed; the policy alone would wait an hour",
          shows: "the answer, at once",
          why: "Clocks differ.",
          peers: false,
          retry: patient
        },
        answered(2),
        () => inTurn(answer(503, undefined, { "retry-after": past }), whole200())
      ),
      {
        id: "retry-after-huge",
        server: "answers 429 with `Retry-After: 3600`",
        shows: "RateLimitError at once, with the hour in it; no retry before the hour has passed",
        why: "A call must not wait for an hour without notice; retrying sooner is worse.",
        peers: true,
        run: (client) =>
          withServer(inTurn(answer(429, undefined, { "retry-after": 3600 }), whole200()), async (server) => {
            const outcome = await run(client, { kind: "unary", baseUrl: server.url, retry: standard }, 4000)
            if (client.isOurs) {
              return judge(client, outcome, server, {
                ended: "RateLimitError",
                status: 429,
                attempts: 1,
                retryAfter: 3_600_000
              })
            }
            return server.requests.length === 1
              ? outcome.ended === "hang"
                ? { ok: "partly", seen: "waits, however long the server says" }
                : { ok: true, seen: outcome.ended }
              : { ok: false, seen: `retried after ${(gapOf(server) / 1000).toFixed(1)} s` }
          })
      },
      row(
        {
          id: "retry-after-garbage",
          server: "answers 503 with `Retry-After: soon`",
          shows: "the answer, after the policy's own wait",
          why: "An unreadable value is no hint, and no reason to fail.",
          patience: 6000
        },
        answered(2),
        () => inTurn(answer(503, undefined, { "retry-after": "soon" }), whole200())
      ),
      row(
        {
          id: "retry-max-elapsed",
          server: "answers 503, always; the caller allows 300 ms of retries (`maxElapsed`)",
          shows: "OverloadedError after more than one request",
          why: "A time limit stops retries, as a number does.",
          peers: false,
          retry: { policy: Retry.backoff({ initialInterval: "40 millis", maxElapsed: "300 millis" }), times: 0 },
          also: ({ requests }) => (requests.length > 1 ? [] : ["no repeat"])
        },
        { ended: "OverloadedError" },
        () => always(...answer(503))
      ),
      row(
        {
          id: "retry-max-retry-after",
          server: "answers 503 with `Retry-After: 5`; the caller waits one second at most (`maxRetryAfter`)",
          shows: "OverloadedError at once, with the wait in it",
          why: "The caller decides how long to wait.",
          peers: false,
          retry: { policy: Retry.transient(Schedule.recurs(5), { maxRetryAfter: "1 second" }), times: 0 }
        },
        { ended: "OverloadedError", attempts: 1, retryAfter: 5000 },
        () => always(...answer(503, undefined, { "retry-after": 5 }))
      ),
      row(
        {
          id: "retry-cold-start",
          server: "answers 503 eight times while it wakes up, then answers",
          shows: "the answer, with `Retry.coldStart`",
          why: "Sleeping endpoints need more time than usual policies allow.",
          peers: false,
          retry: {
            policy: Retry.defaultPolicy.pipe(
              Schedule.andThen(Retry.coldStart("30 seconds", { interval: "20 millis" }))
            ),
            times: 0
          }
        },
        answered(9),
        () => ({ request: (_, at) => (at < 8 ? briefly(503) : whole200()) })
      ),
      cancelWhileWaiting(
        {
          id: "retry-stop-waiting",
          server: "answers 429 with `Retry-After: 30`; the caller cancels while the client waits",
          shows: "the end of the call, soon, and no second request",
          why: "A wait that cannot be interrupted delays a shutdown."
        },
        "unary",
        standard,
        answer(429, undefined, { "retry-after": 30 })
      ),
      cancelWhileWaiting(
        {
          id: "retry-stop-waiting-stream",
          server: "does the same to a stream",
          shows: "the end of the call, soon, and no second request",
          why: "As for `retry-stop-waiting`."
        },
        "stream",
        standard,
        answer(429, undefined, { "retry-after": 30 })
      ),
      cancelWhileWaiting(
        {
          id: "retry-stop-backoff",
          server: "answers 500; the caller cancels while the policy waits",
          shows: "the end of the call, soon, and no second request",
          why: "The policy's own wait must be interruptible, too."
        },
        "unary",
        standard,
        answer(500)
      ),
      row(
        {
          id: "retry-total",
          server: "answers 429 with `Retry-After: 30`; the call has 700 ms in total",
          shows: "RequestTimeoutError (total) after one request",
          why: "The total timeout includes waits.",
          settings: { clocks: { total: 700 } }
        },
        { ended: "RequestTimeoutError (total)", attempts: 1 },
        () => always(...answer(429, undefined, { "retry-after": 30 }))
      ),
      row(
        {
          id: "retry-not-after-element",
          server: "resets the connection after two events",
          shows: "both events, then ConnectionError (body), after one request",
          why: "A retry would repeat the first words, and cost twice.",
          kind: "stream"
        },
        { ended: "ConnectionError (body)", text: begunText, events: 2, attempts: 1 },
        () => always(sseHead(), piece(begun), reset)
      ),
      row(
        {
          id: "retry-not-after-refusal-inside",
          server: "sends two events, then an error that names 503",
          shows: "both events, then OverloadedError, after one request",
          why: "As for `retry-not-after-element`.",
          kind: "stream"
        },
        { ended: "OverloadedError", text: begunText, events: 2, attempts: 1 },
        () => inTurn(sse(begun, event('{"error":{"message":"full","code":503}}')), wholeStream)
      ),
      row(
        {
          id: "retry-first-frame",
          server: "sends an error that names 503 as its first event; then, to a second request, the whole answer",
          shows: "the whole text, after two requests",
          why: "Nothing had been delivered: it is an error like any other, inside a 200.",
          kind: "stream",
          peers: false,
          retry: quick
        },
        { ...answered(2), events: whole.length },
        () => inTurn(sse(event('{"error":{"message":"full","code":503}}')), wholeStream)
      ),
      row(
        {
          id: "retry-not-after-body",
          server: "resets the connection within the body of an answer",
          shows: "ConnectionError (body) after one request",
          why: "The generation was done, and paid for."
        },
        { ended: "ConnectionError (body)", attempts: 1 },
        () =>
          always(
            head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
            write('5\r\n{"id"\r\n'),
            reset
          )
      ),
      row(
        {
          id: "retry-not-after-decode",
          server: "answers 200 with JSON that is cut",
          shows: "ResponseDecodeError after one request",
          why: "As for `retry-not-after-body`; and the retry may do the same."
        },
        { ended: "ResponseDecodeError", attempts: 1 },
        () => always(...whole200('{"id":"1","cho'))
      ),
      row(
        {
          id: "retry-not-after-idle",
          server: "begins its answer, then sends no data",
          shows: "RequestTimeoutError (idle) after one request",
          why: "As for `retry-not-after-body`.",
          settings: { clocks: { idle: 300 } }
        },
        { ended: "RequestTimeoutError (idle)", attempts: 1 },
        () => always(head(200, { "content-type": "application/json", "transfer-encoding": "chunked" }), untilClosed)
      ),
      row(
        {
          id: "retry-connection",
          server: "reads the request and resets the connection; then answers",
          shows: "the answer, after two requests with identical bodies",
          why: "There was no answer, so there is nothing to lose.",
          patience: 6000,
          also: identical
        },
        answered(2),
        () => inTurn([reset], whole200())
      ),
      row(
        {
          id: "retry-connection-never",
          server:
            "reads the request and resets the connection; the caller excludes this (`retryConnectionErrors: false`)",
          shows: "ConnectionError (connect), after one request",
          why: "Every setting must work.",
          peers: false,
          retry: { policy: Retry.backoff({ retryConnectionErrors: false }), times: 0 }
        },
        { ended: "ConnectionError (connect)", attempts: 1 },
        () => inTurn([reset], whole200())
      ),
      ...(["unary", "stream"] as const).map((kind) =>
        row(
          {
            id: `retry-not-after-headers-${kind}`,
            server: `does not answer ${kind === "stream" ? "a request for a stream" : "the request"} in time; would answer a second one`,
            shows: "RequestTimeoutError (headers) after one request; the connection is closed",
            why: "A generation that takes longer than the timeout is still done, and paid for.",
            kind,
            peers: ["openai"],
            patience: 6000,
            settings: { clocks: { headers: 500 } }
          },
          {
            ended: "RequestTimeoutError (headers)",
            attempts: 1,
            closed: true,
            message: kind === "stream" ? /not retried/ : /not retried.*Stream the answer/
          },
          () => inTurn([untilClosed], kind === "stream" ? wholeStream : whole200())
        )
      ),
      row(
        {
          id: "retry-headers",
          server: "does not answer the first request; then answers. The caller's policy retries every failure",
          shows: "the answer, after two requests; the first connection is closed",
          why: "Each attempt has its own headers timeout.",
          peers: ["openai"],
          patience: 6000,
          retry: { policy: Retry.transient(Schedule.recurs(1), { when: () => true }), times: 1 },
          settings: { clocks: { headers: 500 } },
          also: ({ requests }) => (requests[0]!.closed === undefined ? ["the first connection stays open"] : [])
        },
        answered(2),
        () => inTurn([untilClosed], whole200())
      ),
      {
        id: "retry-stale-connection",
        server: "resets a kept-alive connection at the next request",
        shows: "the second answer, on a new connection",
        why: "A server may close an idle connection just when a client uses it.",
        peers: true,
        run: (client) => {
          const used = new Set<number>()
          const script: Script = {
            request: ({ connection }) => {
              if (used.has(connection)) return [reset]
              used.add(connection)
              return whole200()
            }
          }
          return withServer(script, async (server) => {
            const again: Call = { kind: "unary", baseUrl: server.url, retry: quick }
            // a connection is kept once its answer has been read to its end, which may be a moment later
            for (let at = 0; at < 5; at++) {
              const outcome = await run(client, again, 10_000)
              const verdict = await judge(client, outcome, server, { ended: "complete", text })
              if (verdict.ok !== true) return { ok: false, seen: `call ${at + 1}: ${verdict.seen}` }
              await new Promise((resolve) => setTimeout(resolve, 50))
            }
            const { length } = server.requests
            return { ok: length >= 5, seen: length >= 5 ? "answers each time" : plural(length, "request") }
          })
        }
      }
    ],
    /^retry-(?:after-(?!stream)|max-|final|transient|gives-up|recovers|none|last|then-|every-|cold-start|first-frame)/
  )
}
