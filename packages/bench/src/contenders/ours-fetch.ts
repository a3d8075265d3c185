import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { over } from "./ours.js"

export const make = over(FetchHttpClient.layer)
