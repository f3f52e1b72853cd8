/**
 * What the bundles have instead of `node:http2`, which its importers load before they need it, and never do here: the SQS and
 * DynamoDB of AWS speak HTTP/1.1. Loading it is a tenth of a cold start.
 */
export const constants: object = {};
export default { constants };
