import { WriteBehindClient } from '../client/client.ts';
import type { Sign } from '../client/send.ts';
import { sigV4 } from '../client/sigv4.ts';
import type { CommandEnvironment } from '../lib/environment.ts';
import { UsageError } from './errors.ts';

/** Options of every command that calls the API. */
export interface ConnectOptions {
  /** Address of the API. @default the environment's */
  readonly api?: string;
  /** Whether to sign. @default for addresses of API Gateway */
  readonly sign?: boolean;
  /** Region to sign for. @default the address's, else the environment's */
  readonly region?: string;
  /** Attempts after the first. @default the client's */
  readonly retries?: number;
}

/** `https://ID.execute-api.REGION.amazonaws.com/STAGE`, also in China and through a VPC endpoint. */
const API_GATEWAY = /\.execute-api\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$/;

/** Where the API is, and who signs, if that is wanted. */
export interface Target {
  readonly url: string;
  readonly sign?: Sign;
}

/**
 * Which API is meant.
 *
 * @throws {UsageError} the address is none, or it is not known for which region to sign
 */
export function targetOf(options: ConnectOptions, environment: CommandEnvironment): Target {
  const url = options.api ?? environment.api;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new UsageError(`--api: must be an address such as http://localhost:3000, not ${JSON.stringify(url)}`);
  }
  const regionOfUrl = API_GATEWAY.exec(new URL(url).hostname)?.[1];
  const region = options.region ?? regionOfUrl ?? environment.region;
  const wanted = options.sign ?? regionOfUrl !== undefined;
  if (wanted && region === undefined) {
    throw new UsageError(`--region: is needed to sign for ${new URL(url).host}, whose name does not say its region`);
  }
  return { url, ...(wanted && { sign: signFor(region!) }) };
}

/** Makes the client of the API. Throws as {@link targetOf}. */
export function connect(options: ConnectOptions, environment: CommandEnvironment): WriteBehindClient {
  return new WriteBehindClient({
    ...targetOf(options, environment),
    ...(options.retries !== undefined && { retries: options.retries }),
  });
}

/** Signs with the credentials that the AWS SDK finds: environment, profiles, SSO, the role of the machine. */
function signFor(region: string): Sign {
  let sign: Promise<Sign> | undefined;
  return async (request) => {
    sign ??= signer(region);
    return (await sign)(request);
  };
}

async function signer(region: string): Promise<Sign> {
  // Most calls go without: they should not have to load it.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const provider = defaultProvider();
  const credentials: typeof provider = async (input) => {
    try {
      return await provider(input);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`--sign: no AWS credentials were found. ${reason}`, { cause: error });
    }
  };
  return sigV4({ region, credentials });
}
