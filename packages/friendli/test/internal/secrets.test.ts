import { assert, describe, it } from "vitest"
import { keysOf, make, redact, scrub, search, secretsOf, withCookies, withoutKeys } from "../../src/internal/secrets.js"
import { escaped, isWhole, scrubbed, secretsWith } from "./secrets.support.js"

describe("echoes of the request", () => {
  it("do not run from one text into the next", () => {
    const secrets = secretsWith({ prompt: "Why do zebras yawn" })
    search(secrets, ["Why do zeb", "ras yawn"])
    assert.strictEqual(scrub("Why do zeb", secrets) + scrub("ras yawn", secrets), "Why do zebras yawn")
  })

  it("never leave half of a surrogate pair", () => {
    const prompt = "👋".repeat(9)
    assert.isTrue(isWhole(scrubbed(`a${"👋".repeat(20)}b`, { prompt: `x${prompt}` })))
    assert.isTrue(isWhole(scrubbed(JSON.stringify(prompt), { prompt: prompt.slice(1) })))
  })

  it("hide a surrogate pair whole, wherever half of it is the end of an echo", () => {
    for (const [said, prompt, expected] of [
      ["👋abcdefghijk!", "\udc4babcdefghijk", "<redacted>!"],
      ["!👋abcdefghijk", "\udc4babcdefghijk", "!<redacted>"],
      ["!abcdefghijk👋", "abcdefghijk\ud83d", "!<redacted>"],
      ["abcdefghijk👋!?", "abcdefghijk\ud83d", "<redacted>!?"],
      ["👋👋abcdefghijk", "\udc4babcdefghijk", "👋<redacted>"],
      // halves that are no pair
      ["!abcdefghijk\ud83d!", "abcdefghijk\ud83d", "!<redacted>!"],
      ["!\udc4babcdefghijk!", "\udc4babcdefghijk", "!<redacted>!"],
      ["\ud83d\ud83dabcdefghijk!", "\ud83dabcdefghijk", "\ud83d<redacted>!"],
      ["\udc4b\udc4babcdefghijk!", "\udc4babcdefghijk", "\udc4b<redacted>!"],
      ["!abcdefghijk\ud83d\ud83d!", "abcdefghijk\ud83d", "!<redacted>\ud83d!"],
      // a pair that begins where the echo ends
      ["!abcdefghijkl👋!", "abcdefghijkl", "!<redacted>👋!"],
      ["!👋abcdefghijkl!", "abcdefghijkl", "!👋<redacted>!"]
    ] as const) {
      assert.strictEqual(scrubbed(said, { prompt }), expected, JSON.stringify(said))
    }
  })

  it("of lines and blanks are not echoes", () => {
    const prompt = `if x:\n${" ".repeat(16)}y\n${"-".repeat(20)}\n| a |${" ".repeat(20)}|`
    const page = `{\n${" ".repeat(16)}"message": "no"\n}\n${"-".repeat(20)}`
    assert.strictEqual(scrubbed(page, { prompt }), page)
  })
})

describe("short texts", () => {
  it("are hidden if they are quoted or alone", () => {
    for (const shown of [
      "pw: 1234",
      `near "pw: 1234"`,
      "near 'pw: 1234'",
      "near “pw: 1234”.",
      '{"input":"pw: 1234"}'
    ]) {
      assert.strictEqual(
        scrubbed(shown, { messages: [{ content: "pw: 1234" }] }),
        shown.replace("pw: 1234", "<redacted>")
      )
    }
    assert.strictEqual(
      scrubbed('{"e":"{\\"input\\":\\"pw: 1234\\"}"}', "pw: 1234"),
      '{"e":"{\\"input\\":\\"<redacted>\\"}"}'
    )
    assert.strictEqual(scrubbed("of pw: 1234 too", "pw: 1234"), "of pw: 1234 too")
  })

  it("of other scripts are hidden everywhere", () => {
    for (const short of ["안녕하세요", "비밀번호 1234", "東京都千代田区"]) {
      assert.strictEqual(scrubbed(`no: ${short}를 then`, { prompt: short }), "no: <redacted>를 then")
      assert.strictEqual(scrubbed(escaped(`no: ${short}를`), { prompt: short }), `"no: <redacted>\\ub97c"`)
    }
  })

  it("that are words are not", () => {
    for (const word of ["llama", "model", "not", "found", "Hello", "available"]) {
      const said = `model 'llama' not found: "${word}"; available: llama-3`
      assert.strictEqual(scrubbed(said, { messages: [{ content: word }] }), said)
    }
  })
})

describe("names", () => {
  const tool = (name: string) => ({
    type: "function",
    function: {
      name,
      description: "Tells what the weather is like",
      parameters: {
        type: "object",
        properties: { measurement_unit: { type: "string" }, city: {} },
        required: ["measurement_unit"]
      }
    }
  })

  it("of the issue's 404 stay", () => {
    for (const prompt of [["llama", "model"], "llama", "model", "llama-3"]) {
      const said = "model llama not found; available: llama-3"
      assert.strictEqual(scrubbed(said, { prompt }), said)
    }
  })

  for (const name of ["get_weather", "get_current_weather", "getCurrentWeatherForCity"]) {
    it(`of tools stay, also when the prompt speaks of them: ${name}`, () => {
      const said = `Invalid schema for function '${name}': In context=('properties', 'measurement_unit'), 'city' is not of type 'object'`
      for (const content of [
        "Hi",
        name,
        `Call ${name}!`,
        `the function '${name}'`,
        `${name} takes a measurement_unit`
      ]) {
        const request = { tools: [tool(name)], messages: [{ role: "user", content }] }
        assert.strictEqual(scrubbed(said, request), said)
        assert.strictEqual(scrubbed(name, request), name)
      }
    })
  }

  it("stay where a prompt around them goes", () => {
    const request = {
      tools: [tool("get_weather")],
      messages: [{ role: "user", content: "Please use get_weather for Paris" }]
    }
    assert.strictEqual(
      scrubbed("got: Please use get_weather for Paris", request),
      "got: <redacted>get_weather<redacted>"
    )
  })

  it("of models, roles and settings stay", () => {
    const request = {
      model: "meta-llama/Llama-3.1-8B-Instruct",
      response_format: "verbose_json_format",
      messages: [{ role: "assistant_reviewer", content: "meta-llama/Llama-3.1-8B-Instruct" }],
      tool_choice: "required_function"
    }
    const said =
      "meta-llama/Llama-3.1-8B-Instruct does not take verbose_json_format with role assistant_reviewer, tool_choice required_function"
    assert.strictEqual(scrubbed(said, request), said)
  })

  it("do not hide a text in the place of a name", () => {
    const text = "Why do zebras yawn at quokkas?"
    assert.strictEqual(scrubbed(`no model ${text}`, { model: text }), "no model <redacted>")
  })

  it("stand in fields that hold no text of the user", () => {
    for (const field of [
      "model",
      "role",
      "type",
      "id",
      "name",
      "required",
      "tool_call_id",
      "tool_choice",
      "tool_use_id",
      "reasoning_effort",
      "response_format",
      "encoding_format",
      "language"
    ]) {
      const request = { [field]: "a_setting_of_mine", content: "a_setting_of_mine" }
      assert.strictEqual(scrubbed("bad a_setting_of_mine", request), "bad a_setting_of_mine", field)
    }
    for (const field of ["properties", "$defs", "definitions", "patternProperties"]) {
      const request = { [field]: { a_setting_of_mine: {} }, content: "a_setting_of_mine" }
      assert.strictEqual(scrubbed("bad a_setting_of_mine", request), "bad a_setting_of_mine", field)
    }
    assert.strictEqual(scrubbed("bad a_setting_of_mine", { content: "a_setting_of_mine" }), "bad <redacted>")
  })

  it("that are words go with the text around them", () => {
    const request = { tools: [tool("get_weather")], messages: [{ content: "Tell me about the city of Oslo" }] }
    assert.strictEqual(scrubbed("got: Tell me about the city of Oslo", request), "got: <redacted>")
  })

  it("may be one letter, and stay where 11 characters or less are left of an echo", () => {
    const request = (content: string) => ({ model: "m-1", name: "x", messages: [{ content }] })
    assert.strictEqual(scrubbed("no: m-1 of a long", request("use m-1 of a long")), "no: m-1 of a long")
    assert.strictEqual(scrubbed("m-1 of a long", request("m-1 of a long")), "m-1 of a long")
    for (const [content, shown] of [
      ["m-1 23456789ab", "no: m-1 23456789ab"],
      ["m-1 23456789abc", "no: m-1<redacted>"],
      ["23456789abc m-1", "no: <redacted>m-1"]
    ] as const) {
      assert.strictEqual(scrubbed(`no: ${content}`, request(content)), shown)
    }
    const short = { tools: [{ name: "x" }], content: "to x 23456789" }
    assert.strictEqual(scrubbed("no: to x 23456789", short), "no: <redacted>")
    assert.strictEqual(scrubbed("no: x 23456789ab", { name: "x", content: "x 23456789ab" }), "no: x 23456789ab")
    // a name in a longer word is none, also where the word goes on outside of the echo
    assert.strictEqual(scrubbed("am-1 of a long", { model: "m-1", content: "m-1 of a long" }), "a<redacted>")
    assert.strictEqual(scrubbed("of a long m-1a", { model: "m-1", content: "of a long m-1" }), "<redacted>a")
    assert.strictEqual(scrubbed("no: am-1 of a long", { model: "m-1", content: "am-1 of a long" }), "no: <redacted>")
  })

  it("are no sentences", () => {
    assert.strictEqual(scrubbed("no Why do zebras yawn", { model: "Why do zebras yawn" }), "no <redacted>")
  })

  it("do not show a part of a word or of a credential", () => {
    const request = { model: "secret_m", messages: [{ content: "my_secret_model_of_yesterday" }] }
    assert.strictEqual(scrubbed("my_secret_model_of_yesterday", request), "<redacted>")
    assert.strictEqual(
      scrubbed("key secret_m-0123456789", { model: "secret_m" }, "secret_m-0123456789"),
      "key <redacted>"
    )
  })
})

describe("files", () => {
  const image = `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAAAAUA".repeat(1000)}`

  it("are hidden where a server repeats them", () => {
    for (const shown of [image.slice(0, 500), JSON.stringify({ url: image }).replaceAll("/", "\\/").slice(0, 3000)]) {
      const clean = scrubbed(shown, { messages: [{ content: [{ type: "image_url", image_url: { url: image } }] }] })
      assert.notInclude(clean, "iVBORw0K")
      assert.include(clean, ";base64,<redacted>")
    }
  })
})

describe("texts", () => {
  const text = "Why do zebras yawn?"

  it("are found under 129 lists or objects in one another, and a request of any depth is searched", () => {
    const nested = (depth: number, around: (value: unknown) => unknown): unknown => {
      let value: unknown = text
      for (let at = 0; at < depth; at++) value = around(value)
      return value
    }
    for (const around of [(value: unknown) => [value], (value: unknown) => ({ content: value })]) {
      assert.strictEqual(scrubbed(`no ${text}`, nested(129, around)), "no <redacted>")
      assert.strictEqual(scrubbed(`no ${text}`, nested(100_000, around)), `no ${text}`)
    }
  })

  it("are not those of files and streams, nor the names of fields", () => {
    assert.strictEqual(scrubbed(`no ${text}`, { file: Object.assign(new Blob([]), { text }) }), `no ${text}`)
    const request = { metadata: { a_field_of_mine: 1 } }
    assert.strictEqual(scrubbed("no a_field_of_mine", request), "no a_field_of_mine")
    assert.strictEqual(scrubbed("no a_field_of_mine", { ...request, prompt: "a_field_of_mine" }), "no <redacted>")
  })

  it("that only look like files are texts", () => {
    for (const prompt of [`data:${text}`, `a file;base64,${text}`, `data:${text.repeat(20)};base64,x`]) {
      assert.notInclude(scrubbed(`no ${text}`, { prompt }), "zebras")
    }
  })
})

describe("credentials", () => {
  const shownRows: ReadonlyArray<readonly [name: string, value: string, said: string, shown: string]> = [
    ["x-api-key", "gw-key-0123456789abcdef", "key gw-key-0123456789abcdef is unknown", "key <redacted> is unknown"],
    ["x-api-key", "opensesame", "no opensesame", "no <redacted>"],
    ["authorization", "Bearer flp_0123456789", "Bearer flp_0123456789", "Bearer <redacted>"],
    ["proxy-authorization", "Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz", "Basic <redacted>"],
    ["cookie", "theme=dark; sid=s-0123456789", "sid s-0123456789, dark", "sid <redacted>, dark"],
    ["x-tenant", "acme-corporation", "tenant acme-corporation", "tenant <redacted>"],
    ["x-any", "a b c d e", "got a b c d e", "got <redacted>"],
    ["x-tenant", "acme-co1", "tenant acme-co1", "tenant <redacted>"],
    ["x-tenant", "acme-c1", "tenant acme-c1", "tenant acme-c1"],
    ["x-tenant", " acme-corporation ", "tenant acme-corporation", "tenant <redacted>"],
    ["x-api-key", 'pa"ss-word1', 'said "pa\\"ss-word1"', 'said "<redacted>"'],
    // the scheme may be shown, whatever separates it from the credential
    ["authorization", "Bearer   flp_0123456789", "flp_0123456789?", "<redacted>?"],
    ["x-api-key", "0123 abcd efgh", "no 0123 abcd efgh", "no <redacted>"],
    ["cookie", "theme=dark; sid= s-0123456789 ; x=1", "sid:s-0123456789", "sid:<redacted>"],
    ["set-cookie", "sid=s-0123456789; path=/", "sid s-0123456789", "sid <redacted>"],
    // names that say it, although the value is a word
    ...[
      "x-apikey",
      "access_key",
      "secret-key",
      "x-credential",
      "credentials",
      "authtoken",
      "token-v2",
      "sig",
      "x.secret.a"
    ].map((name) => [name, "opensesame", "no opensesame", "no <redacted>"] as const),
    ...["x-tokenizer", "x-key", "designature"].map(
      (name) => [name, "opensesame", "no opensesame", "no opensesame"] as const
    ),
    // values that only have a part that stands in many texts, and names that only begin or end so
    ...["use application/json", "application/json or so", "since 2023-06-01", "2023-06-01 or so"].map(
      (value) => ["x-any", value, `no ${value}`, "no <redacted>"] as const
    ),
    ...["x-accept", "hosts", "x-b3", "x-request-ids"].map(
      (name) => [name, "acme-corporation", "no acme-corporation", "no <redacted>"] as const
    ),
    ...["accept", "accept-language", "x-b3-traceid", "request-id", "friendli-trace-id", "x-correlation-id"].map(
      (name) => [name, "acme-corporation", "no acme-corporation", "no acme-corporation"] as const
    ),
    // what stands in many texts
    [
      "x-any",
      "application/json; charset=utf-8",
      "no application/json; charset=utf-8",
      "no application/json; charset=utf-8"
    ],
    ["x-any", "application/json", "expected application/json", "expected application/json"],
    [
      "content-type",
      "application/json; charset=utf-8",
      "no application/json; charset=utf-8",
      "no application/json; charset=utf-8"
    ],
    ["x-version", "1", "1 of 10", "1 of 10"],
    ["x-channel", "nightly", "only nightly builds", "only nightly builds"],
    ["x-channel", "production", "the production endpoint", "the production endpoint"],
    ["anthropic-version", "2023-06-01", "since 2023-06-01", "since 2023-06-01"],
    ["x-flag", "true", "true story", "true story"],
    ["user-agent", "my-program/1.2", "no my-program/1.2", "no my-program/1.2"],
    ["x-request-id", "req-0123456789", "req-0123456789", "req-0123456789"],
    ["x-friendli-team", "research-team", "team research-team", "team research-team"]
  ]

  for (const [name, value, said, shown] of shownRows) {
    it(`${name}: ${value}`, () => {
      const values = secretsOf({ [name]: value })
      assert.strictEqual(redact(said, values), shown)
      assert.strictEqual(
        scrub(
          said,
          make(() => values, {})
        ),
        shown
      )
    })
  }

  it("of URLs are passwords and parameters with such a name", () => {
    const values = secretsOf({}, new URL("https://me-myself:pass%20word@h/a?api_key=k-456789abc&version=0123456789"))
    for (const secret of ["me-myself", "pass word", "pass%20word", "k-456789abc"]) assert.include(values, secret)
    assert.notInclude(values, "0123456789")
    const keys = secretsOf({}, new URL("https://h/?key=k-456789abc&monkey=m-456789abc&keyboard=b-456789abc"))
    assert.deepStrictEqual(keys, ["k-456789abc"])
  })

  it("are none where there are none", () => {
    assert.deepStrictEqual(secretsOf({ accept: "text/html-or-so", "x-any": "application/json" }), [])
    assert.deepStrictEqual(secretsOf({}, undefined, [""]), [])
  })

  it("are redacted whole where one begins with another", () => {
    assert.strictEqual(redact("of abcdefgh", secretsOf({}, undefined, ["abcd", "abcdefgh"])), "of <redacted>")
  })

  it("may have characters that no URL can have", () => {
    assert.strictEqual(redact("of ab\ud800cdefgh", secretsOf({}, undefined, ["ab\ud800cdefgh"])), "of <redacted>")
  })

  it("are the cookies of an answer, too", () => {
    const values = withCookies(["k-456789abc"], ["s-0123456789", "dark"])
    assert.strictEqual(redact("k-456789abc s-0123456789 dark", values), "<redacted> <redacted> dark")
  })
})

describe("keys in the path of a base URL", () => {
  const keyRows: ReadonlyArray<readonly [baseUrl: string, keys: ReadonlyArray<string>]> = [
    ["https://h/gw-key-0123456789abcdef", ["gw-key-0123456789abcdef"]],
    ["https://h/v1/0f8fad5b-d9cb-469f-a165-70867728950e/llm", ["0f8fad5b-d9cb-469f-a165-70867728950e"]],
    ["https://h/k/AbCdEfGhIjKlMnOpQrStUv/x", ["AbCdEfGhIjKlMnOpQrStUv"]],
    ["https://h/token/opensesame/v1", ["opensesame"]],
    ["https://h/key/p%C3%A4sswort-1", ["pässwort-1"]],
    ["https://h/account/0123456789", ["0123456789"]],
    ["https://h/key/%zzopensesame", ["%zzopensesame"]],
    ...["abcdefghijklmno1", "abcdefg123", "a1b2c3defghijkl", "abcdefghijKLMNOPQRST"].map(
      (key) => [`https://h/${key}`, [key]] as const
    ),
    ...[
      "abcdefghijklmn1",
      "abcdefghijklmnop",
      "abcdef123",
      "abcdefgh12",
      "123456789",
      "1,2,3,4,5,6,7,8,9,0",
      "abcdefghijklmnopqrstu",
      "ABCDEFGHIJKLMNOPQRSTU",
      "abcdefghijKLMNOPQRS"
    ].map((word) => [`https://h/${word}`, []] as const),
    ["https://h/token/short", []],
    ["https://gw-key-0123456789abcdef.example/v1", []],
    ["https://h/openai/deployments/llama-3-1-8b-instruct", []],
    ["https://h/meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", []],
    ["https://h/us-east-1/2024-10-01-preview/chat-completions-v2", []],
    ["https://h:8443/proxy", []],
    ["https://h", []]
  ]
  for (const [baseUrl, keys] of keyRows) {
    it(baseUrl, () => {
      assert.deepStrictEqual(keysOf(baseUrl), keys)
      const shown = withoutKeys(`${baseUrl}/v1/chat/completions`, baseUrl)
      assert.strictEqual(shown.split("<redacted>").length - 1, keys.length)
      assert.isTrue(shown.endsWith("/v1/chat/completions"))
    })
  }
})

describe("the cost", () => {
  it("is paid once for the texts that the attempts of a call have in common", () => {
    let visits = 0
    const request = {
      get prompt() {
        visits++
        return "Why do zebras yawn?"
      }
    }
    const secrets = secretsWith(request)
    search(secrets, ["one", "Why do zebras", "three"])
    for (const text of ["one", "Why do zebras", "three"]) scrub(text, secrets)
    search(secrets, ["three", "one"])
    assert.strictEqual(visits, 1)
    assert.strictEqual(scrub("Why do zebras", secrets), "<redacted>")
  })
})
