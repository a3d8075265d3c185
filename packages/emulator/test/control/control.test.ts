import { Validator } from "@seriousme/openapi-schema-validator"
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import { controlRoutes } from "../../src/control/routes.js"
import { schemas } from "../../src/control/schemas.js"
import { type EmulatorOptions, makeEmulator } from "../../src/Emulator.js"
import { FaultError } from "../../src/Faults.js"
import { check as checkScript } from "../../src/Scripts.js"
import { chunksOf, post } from "../support.js"

const origin = "http://emulator.test"

interface Call {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

const start = (options: EmulatorOptions = {}) => {
  const emulator = makeEmulator(options)
  const control = async (method: string, path: string, { body, headers = {} }: Call = {}) => {
    const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body)
    const response = await emulator.fetch(`${origin}/_emulator${path}`, { method, headers, body: text })
    return { status: response.status, headers: response.headers, value: (await response.json()) as never }
  }
  const scoped = (scope?: string): Record<string, string> => (scope === undefined ? {} : { "x-emulator-scope": scope })
  const complete = (scope?: string, headers: Record<string, string> = {}) =>
    post(
      emulator.fetch,
      `${origin}/v1/completions`,
      { prompt: "a", max_tokens: 3, seed: 1 },
      { headers: { ...scoped(scope), ...headers } }
    )
  const statuses = async (count: number, scope?: string): Promise<ReadonlyArray<number>> => {
    const all: Array<number> = []
    for (let call = 0; call < count; call++) all.push((await complete(scope)).status)
    return all
  }
  const said = async (scope?: string): Promise<string | undefined> => {
    const body = { messages: [{ role: "user", content: "Hi" }], stream: true, max_tokens: 8, seed: 1 }
    const response = await post(emulator.fetch, `${origin}/v1/chat/completions`, body, { headers: scoped(scope) })
    return chunksOf(await response.text())
      .map(({ choices }) => choices[0]?.delta?.content ?? "")
      .join("")
  }
  return { ...emulator, control, complete, said, statuses, scoped }
}

interface Document {
  readonly paths: Record<
    string,
    Record<string, { readonly responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >
}

describe("the OpenAPI document", () => {
  it("is valid, and served without a token", async () => {
    const { control } = start({ tokens: ["s3cr3t"] })
    const { status, value } = await control("GET", "/openapi.json")
    expect(status).toBe(200)
    expect(value).toMatchObject({ openapi: "3.1.0", servers: [{ url: origin }] })
    const outcome = await new Validator().validate(structuredClone(value))
    expect(outcome.errors).toBeUndefined()
    expect(outcome.valid).toBe(true)
    expect(JSON.stringify(value)).not.toContain("s3cr3t")
  })

  it("has every path that is served, and each path of it is served with these methods only", async () => {
    const { control } = start()
    const { paths } = (await control("GET", "/openapi.json")).value as Document
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    )
    const served = controlRoutes.map(({ method, path }) => `${method} /_emulator${path}`)
    expect(documented.toSorted()).toEqual([...served, "GET /_emulator/openapi.json"].toSorted())
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
        const isListed = Object.hasOwn(methods, method.toLowerCase())
        const { headers, status } = await control(method, path.slice("/_emulator".length))
        expect(status === 405, `${method} ${path}`).toBe(!isListed)
        const allowed = isListed ? Object.keys(methods) : headers.get("allow")?.toLowerCase().split(", ")
        expect(allowed).toEqual(Object.keys(methods))
        expect(status).not.toBe(404)
      }
    }
    expect((await control("GET", "/nothing")).status).toBe(404)
    expect((await control("GET", "")).status).toBe(404)
  })

  it("describes the answers", async () => {
    const { complete, control } = start({
      models: ["m", { id: "n", reasoning: "always", contextLength: 10, jitter: 0.5 }],
      script: [{ when: { matches: /x/i }, say: "y" }]
    })
    const document = (await control("GET", "/openapi.json")).value as Document
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema({ $id: "control", ...(document as object) })
    const bodies: Record<string, unknown> = {
      "POST /faults": { queue: [{ status: 500 }], rules: [{ fault: { html: true }, everyNth: 2 }] },
      "PUT /scripts": [{ say: "a" }, { when: { turn: 1 }, call: [{ tool: "t" }], fail: { cut: 3 } }],
      "PUT /latency": { timeToFirstToken: 1 }
    }
    await complete()
    // What is reset comes last, so that the other answers have something to show.
    for (const { method, path } of controlRoutes.toSorted(
      (a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE")
    )) {
      const { status, value } = await control(method, path, { body: bodies[`${method} ${path}`] })
      expect(status, `${method} ${path}`).toBe(200)
      const pointer = `/paths/~1_emulator${path.replace("/", "~1")}/${method.toLowerCase()}/responses/200/content/application~1json/schema`
      const validate = ajv.compile({ $ref: `control#${pointer}` })
      expect(validate(value), `${method} ${path}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    }
  })

  it("describes every field that the parsers accept, and no other", () => {
    const fieldsOf = (check: () => unknown): ReadonlyArray<string> => {
      try {
        check()
      } catch (error) {
        return (error as Error).message.split(/(?:known are|its fields are) /)[1]?.split(", ") ?? []
      }
      return []
    }
    const emulator = makeEmulator()
    const names = (schema: keyof typeof schemas) => Object.keys((schemas[schema] as { properties: object }).properties)
    expect(names("Fault")).toEqual(fieldsOf(() => emulator.faults.enqueue({ zzzzzzzz: 1 } as never)))
    expect(names("FaultRule")).toEqual(fieldsOf(() => emulator.faults.addRules({ fault: {}, zzzzzzzz: 1 } as never)))
    expect(names("ScriptRule").toSorted()).toEqual(fieldsOf(() => checkScript([{ zzzzzzzz: 1 }])).toSorted())
    expect(names("ScriptCondition")).toEqual(fieldsOf(() => checkScript([{ when: { zzzzzzzz: 1 } }])))
    expect(names("ScriptCall")).toEqual(fieldsOf(() => checkScript([{ call: { zzzzzzzz: 1 } }])))
  })
})

describe("requests", () => {
  it("can be filtered, and show no token", async () => {
    const { control, fetch, complete } = start({ tokens: ["t0ken"] })
    const authorized = { authorization: "Bearer t0ken" }
    const call = (path: string, headers = {}) =>
      post(fetch, origin + path, { model: "m", prompt: "a", max_tokens: 2 }, { headers: { ...authorized, ...headers } })
    await call("/v1/completions")
    await call("/serverless/v1/tokenize", { "x-api-key": "k3y" })
    await call("/dedicated/v1/tokenize")
    await call("/nothing")
    await complete()
    const orders = async (query: string): Promise<ReadonlyArray<number>> => {
      const { status, value } = await control("GET", `/requests${query}`, { headers: authorized })
      expect(status).toBe(200)
      expect(JSON.stringify(value)).not.toMatch(/t0ken|k3y/)
      return (value as { requests: ReadonlyArray<{ order: number }> }).requests.map(({ order }) => order)
    }
    expect(await orders("")).toEqual([0, 1, 2, 3, 4])
    expect(await orders("?path=/v1/completions")).toEqual([0, 4])
    expect(await orders("?operation=tokenize")).toEqual([1, 2])
    expect(await orders("?operation=tokenize&deployment=dedicated")).toEqual([2])
    expect(await orders("?status=404")).toEqual([3])
    expect(await orders("?status=401")).toEqual([4])
    expect(await orders("?limit=2")).toEqual([3, 4])
    expect(await orders("?since=2")).toEqual([2, 3, 4])
    expect(await orders("?since=2&limit=1")).toEqual([2])
    for (const query of ["?limit=0", "?limit=x", "?status=99", "?operation=chats", "?deployment=x", "?since=-1"]) {
      expect((await control("GET", `/requests${query}`, { headers: authorized })).status, query).toBe(400)
    }
  })

  it("have the body, the model and the outcome", async () => {
    const { control, fetch } = start()
    const body = { model: "m", messages: [{ role: "user", content: "Hi" }], max_tokens: 2, stream: true }
    await (await post(fetch, `${origin}/serverless/v1/chat/completions`, body)).text()
    await post(fetch, `${origin}/serverless/v1/chat/completions`, { model: "m" })
    const { requests } = (await control("GET", "/requests")).value as {
      requests: ReadonlyArray<Record<string, unknown>>
    }
    expect(requests[0]).toMatchObject({
      model: "m",
      stream: true,
      status: 200,
      body,
      scope: null,
      reason: null,
      tokensGenerated: 2,
      finished: true
    })
    expect(requests[0]?.["duration"]).toBeGreaterThan(0)
    expect(requests[1]).toMatchObject({ status: 422, reason: "body.messages: Field required", stream: false })
  })

  it("are not made by control calls", async () => {
    const { control, faults, requests } = start()
    faults.enqueue({ status: 500 })
    expect((await control("GET", "/health")).value).toEqual({ status: "ok", requests: 0 })
    expect([faults.pending.length, requests.length]).toEqual([1, 0])
  })
})

describe("faults", () => {
  it("are queued, listed and removed", async () => {
    const { control, statuses } = start()
    const { value } = await control("POST", "/faults", {
      body: { queue: [{ status: 500, times: 2 }, { status: 429 }] }
    })
    expect((value as { queue: ReadonlyArray<unknown> }).queue.length).toBe(3)
    expect(await statuses(2)).toEqual([500, 500])
    await control("DELETE", "/faults")
    expect(await statuses(1)).toEqual([200])
  })

  it("come for every n-th request, a number of times", async () => {
    const { control, statuses } = start()
    await control("POST", "/faults", { body: { rules: [{ fault: { status: 503 }, everyNth: 3, times: 2 }] } })
    expect(await statuses(10)).toEqual([200, 200, 503, 200, 200, 503, 200, 200, 200, 200])
    expect((await control("GET", "/faults")).value).toEqual({
      queue: [],
      rules: [{ fault: { status: 503 }, everyNth: 3, times: 2, seen: 10, used: 2 }]
    })
  })

  it("come with a probability, and the same again with the same seed", async () => {
    const { control, statuses } = start()
    const body = { rules: [{ fault: { status: 503 }, probability: 0.3, seed: 7 }] }
    await control("POST", "/faults", { body })
    const first = await statuses(60)
    const failed = first.filter((status) => status === 503).length
    expect(failed).toBeGreaterThan(8)
    expect(failed).toBeLessThan(30)
    await control("POST", "/reset")
    await control("POST", "/faults", { body })
    expect(await statuses(60)).toEqual(first)
  })

  it("come for a path, an operation or a deployment", async () => {
    const { control, fetch } = start()
    await control("POST", "/faults", {
      body: {
        rules: [
          { fault: { status: 500 }, path: "/v1/completions" },
          { fault: { status: 501 }, path: "/serverless/*" },
          { fault: { status: 502 }, operation: "tokenize", deployment: "dedicated" }
        ]
      }
    })
    const status = async (path: string) => (await post(fetch, origin + path, { model: "m", prompt: "a" })).status
    expect(await status("/v1/completions")).toBe(500)
    expect(await status("/serverless/v1/tokenize")).toBe(501)
    expect(await status("/dedicated/v1/tokenize")).toBe(502)
    expect(await status("/v1/tokenize")).toBe(200)
  })

  it.each<readonly [body: unknown, message: string]>([
    ["{", "The body must be JSON"],
    [[], "The body must be an object with 'queue', 'rules' or both"],
    [{ queue: [{ status: 99 }] }, "the fault's 'status' must be a status from 200 to 599"],
    [{ queue: {} }, "'queue' and 'rules' must be lists"],
    [{ rule: [] }, "The body has no 'rule'; did you mean 'rules'?"],
    [{ rules: [{}] }, "a fault must be an object"],
    [{ rules: [{ fault: {}, everyNth: 0 }] }, "the rule's 'everyNth' must be an integer from 1"],
    [{ rules: [{ fault: {}, probability: 2 }] }, "the rule's 'probability' must be a number from 0 to 1"],
    [{ rules: [{ fault: {}, every: 2 }] }, "a rule for faults has no field 'every'"],
    [{ rules: [{ fault: { times: 1 } }] }, "the fault of a rule has no 'times'; the rule has"]
  ])("are not added by %j", async (body, message) => {
    const { control, faults } = start()
    const { status, value } = await control("POST", "/faults", { body })
    expect(status).toBe(400)
    expect(value).toMatchObject({ error: { message: expect.stringContaining(message) as string } })
    expect([faults.pending, faults.rules]).toEqual([[], []])
  })

  it("of a header with `times` act again after a reset, and after the faults are removed", async () => {
    const { complete, control } = start()
    const status = async () => (await complete(undefined, { "x-emulator-fault": "status=500; times=1" })).status
    expect([await status(), await status()]).toEqual([500, 200])
    await control("POST", "/reset")
    expect([await status(), await status()]).toEqual([500, 200])
    await control("DELETE", "/faults")
    expect(await status()).toBe(500)
  })
})

describe("scripts", () => {
  it("are set, shown and removed, in JSON and in YAML", async () => {
    const { control, said } = start({ script: [{ name: "start", say: "start" }] })
    expect((await control("PUT", "/scripts", { body: [{ say: "json", times: 1 }] })).status).toBe(200)
    expect([await said(), await said()]).toEqual(["json", "start"])
    expect((await control("GET", "/scripts")).value).toEqual({
      rules: [
        { name: "rule 1", say: "json", times: 1, used: 1 },
        { name: "start", say: "start", used: 1 }
      ]
    })
    expect((await control("PUT", "/scripts", { body: "- say: yaml\n" })).status).toBe(200)
    expect(await said()).toBe("yaml")
    await control("DELETE", "/scripts")
    expect(await said()).toBe("start")
    const wrong = await control("PUT", "/scripts", { body: "- say: a\n- sya: b\n" })
    expect(wrong.status).toBe(400)
    expect(wrong.value).toMatchObject({ error: { message: "line 2: rules[1].sya is not known; did you mean 'say'?" } })
  })
})

describe("latency", () => {
  it("is shown, set for the next answers, and set back", async () => {
    const { control, complete } = start({ tokensPerSecond: 1000 })
    expect((await control("GET", "/latency")).value).toEqual({ tokensPerSecond: 1000 })
    const body = { timeToFirstToken: 80 }
    expect((await control("PUT", "/latency", { body })).value).toEqual(body)
    const started = performance.now()
    await (await complete()).text()
    expect(performance.now() - started).toBeGreaterThan(75)
    await control("DELETE", "/latency")
    expect((await control("GET", "/latency")).value).toEqual({ tokensPerSecond: 1000 })
    for (const wrong of [{ jitter: 2 }, { tokensPerSeconds: 1 }, [], "x"]) {
      expect((await control("PUT", "/latency", { body: wrong })).status).toBe(400)
    }
  })
})

describe("scopes", () => {
  it("keep faults, rules, speed and records apart, over HTTP", async () => {
    const { control, said, statuses } = start({ script: [{ when: { operation: "chat" }, say: "start", times: 1 }] })
    const a = { headers: { "x-emulator-scope": "a" } }
    await control("POST", "/faults", { ...a, body: { queue: [{ status: 500 }] } })
    await control("PUT", "/scripts", { ...a, body: [{ when: { operation: "chat" }, say: "only a" }] })
    await control("PUT", "/latency?scope=a", { body: { tokensPerSecond: 5000 } })
    expect(await statuses(1)).toEqual([200])
    expect(await statuses(2, "b")).toEqual([200, 200])
    expect(await statuses(2, "a")).toEqual([500, 200])
    // The rule of the start has a count of its own in each scope.
    expect([await said("b"), await said("a"), await said()]).toEqual(["start", "only a", "start"])
    expect((await control("GET", "/latency")).value).toEqual({})
    expect((await control("GET", "/latency?scope=a")).value).toEqual({ tokensPerSecond: 5000 })
    expect((await control("GET", "/scopes")).value).toEqual({ scopes: ["b", "a"] })

    const count = async (query: string) =>
      ((await control("GET", `/requests${query}`)).value as { requests: ReadonlyArray<unknown> }).requests.length
    expect([await count(""), await count("?scope=a"), await count("?scope=b")]).toEqual([8, 3, 3])
    await control("DELETE", "/reset", a)
    expect([await count(""), await count("?scope=a")]).toEqual([5, 0])
    expect(await said("a")).toBe("start")
    expect(await said("b")).not.toBe("start")
    await control("POST", "/reset")
    expect([await count(""), await said("b")]).toEqual([0, "start"])
  })

  it("are objects in process", async () => {
    const emulator = makeEmulator()
    const [a, b] = [emulator.scope("a"), emulator.scope("b")]
    a.faults.enqueue({ status: 500 })
    b.script([{ say: "b" }])
    a.setPacing({ tokensPerSecond: 10_000 })
    const chat = async (fetch: typeof a.fetch) => {
      const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 3 }
      const response = await post(fetch, `${origin}/v1/chat/completions`, body)
      return [response.status, (await response.text()).includes(`"content":"b"`)]
    }
    expect([await chat(a.fetch), await chat(b.fetch), await chat(emulator.fetch)]).toEqual([
      [500, false],
      [200, true],
      [200, false]
    ])
    expect([a.requests.length, b.requests.length, emulator.requests.length]).toEqual([1, 1, 3])
    expect(a.headers).toEqual({ "x-emulator-scope": "a" })
    b.reset()
    expect([b.requests.length, emulator.requests.length]).toEqual([0, 2])
    expect(await chat(b.fetch)).toEqual([200, false])
    expect(() => a.faults.addRules({ fault: { status: 1 } })).toThrow(FaultError)
  })
})

describe("access", () => {
  it("needs a listed token, except for health and the document", async () => {
    const { control } = start({ tokens: ["good"] })
    expect((await control("GET", "/health")).status).toBe(200)
    expect((await control("GET", "/requests")).status).toBe(401)
    expect((await control("POST", "/reset", { headers: { authorization: "Bearer bad" } })).status).toBe(401)
    expect((await control("GET", "/requests", { headers: { authorization: "Bearer good" } })).status).toBe(200)
  })

  it("is for pages of this machine only, unless the option says otherwise", async () => {
    const from = async (options: EmulatorOptions, page: string) => {
      const { headers, status } = await start(options).control("POST", "/reset", { headers: { origin: page } })
      return [status, headers.get("access-control-allow-origin")]
    }
    expect(await from({}, "http://localhost:3000")).toEqual([200, "http://localhost:3000"])
    expect(await from({}, "https://example.com")).toEqual([403, null])
    expect(await from({ cors: "*" }, "https://example.com")).toEqual([200, "*"])
    expect(await from({ cors: ["https://example.com"] }, "https://example.com")).toEqual([200, "https://example.com"])
    expect(await from({ cors: false }, "http://localhost:3000")).toEqual([403, null])
    const { fetch } = makeEmulator()
    const preflight = (page: string) =>
      fetch(`${origin}/_emulator/reset`, {
        method: "OPTIONS",
        headers: { origin: page, "access-control-request-method": "DELETE" }
      })
    expect((await preflight("http://localhost:3000")).status).toBe(204)
    expect((await preflight("https://example.com")).status).toBe(403)
  })
})
