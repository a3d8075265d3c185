import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { overByChunks } from "./ours.js"

export const make = overByChunks(FetchHttpClient.layer)
