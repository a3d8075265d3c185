/**
 * The contract's golden vectors, end to end: the request that the SDK sends, the response and the stream that it decodes.
 */
import { deploymentTests } from "./vectors.support.js"

deploymentTests("examples")
