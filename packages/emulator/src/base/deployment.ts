/** A deployment of the API. Each has its own paths, rules for tokens and fields of requests. */
export type DeploymentName = "serverless" | "dedicated" | "container"
