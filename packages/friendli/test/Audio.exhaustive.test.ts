/**
 * The vectors of transcriptions on the other deployments.
 */
import { deploymentTests } from "./Audio.support.js"

deploymentTests("others")
