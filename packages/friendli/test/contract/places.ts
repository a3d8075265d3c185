/** The place of each operation in the SDK, by the name of the operation in the contract. */
import { deployments } from "effect-friendli-vectors"
import * as Container from "../../src/Container.js"
import type * as Deployment from "../../src/core/Deployment.js"
import * as Dedicated from "../../src/Dedicated.js"
import * as Management from "../../src/Management.js"
import * as Serverless from "../../src/Serverless.js"
import { type Described, rows } from "./operations.js"

/** What the SDK does for an operation of the contract. */
export interface Place {
  readonly described: Described
  /** As a program calls it. */
  readonly name: string
  readonly kind: Deployment.Definition
}

const kinds = { serverless: Serverless.kind, dedicated: Dedicated.kind, container: Container.kind } as const

export const places: ReadonlyMap<string, Place> = new Map(
  rows.flatMap(({ deployments: byDeployment, management, name, operation }) => [
    ...(management === undefined ? [] : [[operation, { described: management, name, kind: Management.kind }] as const]),
    ...deployments.flatMap((deployment) => {
      const described = byDeployment[deployment]
      return described === undefined
        ? []
        : [[`${deployment}.${operation}`, { described, name, kind: kinds[deployment] }] as const]
    })
  ])
)
