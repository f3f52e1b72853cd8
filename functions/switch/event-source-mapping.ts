import {
  GetEventSourceMappingCommand,
  type LambdaClient,
  ResourceConflictException,
  ResourceInUseException,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { FlushSwitchUnavailableError } from '../../lib/errors.ts';
import type { FlushSwitch } from '../../lib/flush/flush-switch.ts';

/** Lambda's event source mapping between queue and flush function. Disabled it receives nothing: no message's number of receives grows. */
export class EventSourceMapping implements FlushSwitch {
  readonly #client: LambdaClient;
  readonly #id: string;

  /** @param id UUID of the mapping */
  constructor(client: LambdaClient, id: string) {
    this.#client = client;
    this.#id = id;
  }

  async set(open: boolean): Promise<boolean> {
    const [reached, onItsWay] = open ? ['Enabled', 'Enabling'] : ['Disabled', 'Disabling'];
    try {
      const { State: before } = await this.#client.send(new GetEventSourceMappingCommand({ UUID: this.#id }));
      if (before === reached || before === onItsWay) return before === reached;
      const { State: after } = await this.#client.send(
        new UpdateEventSourceMappingCommand({ UUID: this.#id, Enabled: open }),
      );
      return after === reached;
    } catch (cause) {
      const changing = cause instanceof ResourceInUseException || cause instanceof ResourceConflictException;
      const why = changing ? 'the event source is changing; ask again' : 'Lambda does not answer';
      throw new FlushSwitchUnavailableError(`Flushing cannot be switched now: ${why}.`, { cause });
    }
  }
}
