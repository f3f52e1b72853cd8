import { CommandError } from '../errors.ts';

/** The demo cannot go on; its message says why and what helps. */
export class DemoError extends CommandError {
  override readonly name = 'DemoError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'demo', options);
  }
}
