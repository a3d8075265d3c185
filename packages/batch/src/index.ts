/** Batches of requests to Friendli's inference API that survive a crash. */
export * as Batch from "./Batch.js"
export * as BatchError from "./BatchError.js"
export * as Journal from "./Journal.js"
