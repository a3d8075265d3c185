/**
 * The model of a request. In: the request, its options and those of the region and the layer. Out: the model that is sent, if there is
 * one.
 */
import * as Predicate from "effect/Predicate"
import type { Deployment } from "../core/Deployment.js"
import type { Any } from "../core/Operation.js"
import type { RequestOptions } from "../core/RequestOptions.js"

/** The model in a request or in a `body` option, if it has one. */
const modelIn = (fields: unknown): string | undefined =>
  Predicate.isRecord(fields) && Predicate.isString(fields["model"]) && fields["model"] !== ""
    ? fields["model"]
    : undefined

/** The model that is sent. The order is that of the request: the option `body` wins over the request. */
export const requestedModel = (
  deployment: Deployment,
  operation: Pick<Any<never, unknown>, "model">,
  request: unknown,
  options: RequestOptions | undefined,
  region: RequestOptions
): string | undefined =>
  modelIn(options?.body) ??
  modelIn(region.body) ??
  modelIn(deployment.options.body) ??
  modelIn(request) ??
  (operation.model ? deployment.model : undefined)
