/**
 * What an answer must have, on the contract's golden vectors: any other field may be missing or null, none may be of another kind.
 */
import { operationTests } from "./answers.support.js"

operationTests("examples")
