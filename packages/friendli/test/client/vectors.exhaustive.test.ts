/**
 * Every vector of the other deployments.
 */
import { deploymentTests } from "./vectors.support.js"

deploymentTests("others")
