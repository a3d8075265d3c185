/**
 * What the unit tests and the exhaustive tests of `requests` share.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { MockHttpClient, Reply } from "effect-friendli/testing"

export const ok = MockHttpClient.layer(() => Reply.status(200))

export const post = (body: HttpBody.HttpBody) =>
  HttpClient.execute(HttpClientRequest.setBody(HttpClientRequest.post("http://localhost/a"), body))
