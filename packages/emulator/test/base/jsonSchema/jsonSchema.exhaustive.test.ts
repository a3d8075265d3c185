/** Random schemas, and all schemas of the contract, next to an independent validator. */
import { Ajv2020 } from "ajv/dist/2020.js"
import { describe, expect, it } from "vitest"
import type { SchemaError } from "../../../src/base/jsonSchema/check.js"
import { makeCompiler } from "../../../src/base/jsonSchema/compile.js"
import { shapeProblem } from "../../../src/base/jsonSchema/shape.js"
import { loadDocument, schemaNameOf, validationSchemas } from "../../../src/contract/document.js"
import { makeRandom } from "../../../src/engine/random.js"
import { satisfies } from "../../../src/engine/schema/validate.js"
import { anySchema, anyValue, nearValue } from "./support.js"

const options = { strict: false, validateFormats: false, logger: false } as const

describe("random schemas", () => {
  it("accept the values that the other validator accepts", () => {
    let valid = 0
    let invalid = 0
    for (let seed = 0; seed < 60; seed++) {
      const schema = anySchema(seed)
      const other = new Ajv2020(options).compile(schema as object | boolean)
      const isValid = satisfies(schema)
      const random = makeRandom(seed)
      for (let count = 0; count < 25; count++) {
        const value = anyValue(random)
        const expected = other(value)
        expect(isValid(value), `schema ${JSON.stringify(schema)}, value ${JSON.stringify(value)}`).toBe(expected)
        if (expected) valid++
        else invalid++
      }
    }
    // neither kind is rare
    expect(Math.min(valid, invalid)).toBeGreaterThan(200)
  })

  it("are schemas, and with one keyword of a wrong type they are none, as the other validator says", () => {
    const other = new Ajv2020(options)
    let broken = 0
    for (let seed = 0; seed < 200; seed++) {
      const schema = anySchema(seed)
      expect(shapeProblem(schema)).toBeUndefined()
      if (typeof schema !== "object" || schema === null) continue
      const random = makeRandom(seed)
      const name = random.pick(Object.keys(schema))
      const changed = { ...schema, [name]: anyValue(random, 1) }
      const isSchema = other.validateSchema(changed) === true
      // an enumeration without a value is one for the standard, and for nobody who compiles it
      if (JSON.stringify(changed).includes('"enum":[]')) continue
      expect(shapeProblem(changed) === undefined, JSON.stringify(changed)).toBe(isSchema)
      if (!isSchema) broken++
    }
    expect(broken).toBeGreaterThan(30)
  })
})

describe("the schemas of the contract", () => {
  it("find the same errors in the same order as the other validator", async () => {
    const schemas = validationSchemas(await loadDocument())
    const id = "friendli-api"
    const ajv = new Ajv2020({ ...options, allErrors: true, discriminator: true, validateSchema: false })
    ajv.addSchema({ $id: id, components: { schemas } })
    const resolve = (reference: string): unknown => schemas[schemaNameOf(reference)]
    const compile = makeCompiler({ resolve, discriminator: true })
    let errorCount = 0
    for (const [index, [name, schema]] of Object.entries(schemas).entries()) {
      const other = ajv.compile({ $ref: `${id}#/components/schemas/${name}` })
      const validate = compile(schema)
      const random = makeRandom(index)
      for (let count = 0; count < 5; count++) {
        const value = nearValue(schema as never, random, resolve)
        const errors: Array<SchemaError> = []
        const isValid = validate(value, errors)
        const message = `${name}, value ${JSON.stringify(value)}`
        expect(isValid, message).toBe(other(value))
        expect(validate(value), message).toBe(isValid)
        expect(
          errors.map(({ instancePath, keyword }) => [keyword, instancePath]),
          message
        ).toEqual((other.errors ?? []).map(({ instancePath, keyword }) => [keyword, instancePath]))
        errors.forEach(({ params }, at) => expect(other.errors?.[at]?.params, message).toMatchObject(params))
        errorCount += errors.length
      }
    }
    expect(errorCount).toBeGreaterThan(500)
  })
})
