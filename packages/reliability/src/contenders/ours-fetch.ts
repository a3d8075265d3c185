import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type { Contender } from "../Contender.js"
import { over } from "./ours.js"

export const make = (): Contender => over("ours-fetch", "ours on fetch", FetchHttpClient.layer)
