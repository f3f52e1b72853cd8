import { Token } from 'aws-cdk-lib';
import { ConfigurationError } from '../../lib/errors.ts';

/**
 * Checks a whole number.
 *
 * @returns `value`
 * @throws {ConfigurationError} saying what was got and what is allowed
 */
export function inRange(prop: string, value: number, min: number, max: number): number {
  if (Token.isUnresolved(value)) throw refused(prop, 'a token', 'a number known at synth');
  if (!Number.isInteger(value) || value < min || value > max) {
    throw refused(prop, String(value), `a whole number from ${min} to ${max}`);
  }
  return value;
}

/** The error for a prop, or a combination of props, that cannot be deployed. */
export function refused(prop: string, got: string, allowed: string): ConfigurationError {
  return new ConfigurationError(`${prop}: got ${got}, allowed is ${allowed}`, { setting: prop });
}
