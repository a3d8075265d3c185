/** The error text for the user: what happened, and what the user can do. */
import { Data, Duration, Match } from "effect"
import { FriendliError } from "effect-friendli"

/** The user has approved a call that the server does not have, for example after a restart. */
export class NothingWaits extends Data.TaggedError("NothingWaits") {}

/** "in 5 seconds", if the server has sent a time. */
const later = ({ retryAfter }: { readonly retryAfter?: Duration.Duration | undefined }): string => {
  const seconds = retryAfter === undefined ? 0 : Math.ceil(Duration.toSeconds(retryAfter))
  return seconds > 1 ? `in ${seconds} seconds` : "in a moment"
}

const ofFriendli = Match.typeTags<FriendliError.FriendliStreamError>()({
  InvalidRequestError: () =>
    "The model does not accept this conversation. It may be too long. Start a new conversation, or choose another model.",
  AuthenticationError: () => "The token of this server is not valid. The operator of the server has to check it.",
  PermissionDeniedError: () => "The account of this server may not use this model. Choose another model.",
  NotFoundError: () => "This model does not exist. Choose another model.",
  RateLimitError: (error) => `There are too many requests at the moment. Try again ${later(error)}.`,
  OverloadedError: (error) => `The model is busy. Try again ${later(error)}, or choose another model.`,
  ServerError: () => "The model's server failed. Try again.",
  UnexpectedStatusError: () => "The model's server sent an unexpected answer. Try again, or choose another model.",
  ConnectionError: () => "The model's server cannot be reached. Try again in a moment.",
  RequestTimeoutError: () => "The model took too long. Try again, or choose another model.",
  ResponseDecodeError: () => "The model's answer could not be read. Try again.",
  StreamTruncatedError: () => "The answer was cut off before its end. Try again."
})

export const explain = (error: unknown): string => {
  if (FriendliError.isFriendliError(error)) return ofFriendli(error)
  if (error instanceof NothingWaits) return "This question is no longer open. Ask again."
  return "An error occurred in this server. Try again."
}
