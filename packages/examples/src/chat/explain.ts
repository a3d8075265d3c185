/** What the user reads of an error: what has happened, and what one can do. */
import { Data, Duration, Match } from "effect"
import { FriendliError } from "effect-friendli"

/** The user has approved a call of which the server knows nothing, as after a restart. */
export class NothingWaits extends Data.TaggedError("NothingWaits") {}

/** "in 5 seconds", where the server has said when. */
const later = ({ retryAfter }: { readonly retryAfter?: Duration.Duration | undefined }): string => {
  const seconds = retryAfter === undefined ? 0 : Math.ceil(Duration.toSeconds(retryAfter))
  return seconds > 1 ? `in ${seconds} seconds` : "in a moment"
}

const ofFriendli = Match.typeTags<FriendliError.FriendliStreamError>()({
  InvalidRequestError: () =>
    "The model does not take this conversation. It may be too long: begin a new one, or choose another model.",
  AuthenticationError: () => "The token of this server is not valid. Whoever runs the server has to check it.",
  PermissionDeniedError: () => "The account of this server may not use this model. Choose another model.",
  NotFoundError: () => "There is no such model. Choose another model.",
  RateLimitError: (error) => `There are too many requests for now. Try again ${later(error)}.`,
  OverloadedError: (error) => `The model is busy. Try again ${later(error)}, or choose another model.`,
  ServerError: () => "The model's server failed. Try again.",
  UnexpectedStatusError: () =>
    "The model's server gave an answer that makes no sense. Try again, or choose another model.",
  ConnectionError: () => "The model's server cannot be reached. Try again in a moment.",
  RequestTimeoutError: () => "The model took too long. Try again, or choose another model.",
  ResponseDecodeError: () => "The model's answer could not be read. Try again.",
  StreamTruncatedError: () => "The answer was cut off before its end. Try again."
})

export const explain = (error: unknown): string => {
  if (FriendliError.isFriendliError(error)) return ofFriendli(error)
  if (error instanceof NothingWaits) return "This question is no longer open. Ask again."
  return "Something went wrong in this server. Try again."
}
