/** For tests that are not about time-outs: a slow machine must not look like an outage. */
export const patient = { valkeyTimeoutMs: 5000 } as const;
