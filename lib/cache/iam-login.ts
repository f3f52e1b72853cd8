import { Cluster, type Redis } from 'ioredis';
import { type IamLogin, type IamSigner, iamToken } from './iam-token.ts';

/**
 * Lets a client that does not connect by itself (`lazyConnect`) log in with tokens. Every connection, each reconnect
 * included, gets one that is signed at that moment, so that none is ever out of date. The client is connected as soon as it is
 * known who signs; a command that comes earlier is refused, as it is while a connection is being made.
 *
 * @param signer asked again at every login, for the next one: so rotated credentials are followed
 */
export function logInWithTokens(client: Redis | Cluster, login: IamLogin, signer: () => Promise<IamSigner>): void {
  let latest: IamSigner | undefined;
  const ask = () =>
    signer().then(
      (answer) => {
        latest = answer;
      },
      // The login fails, is tried again, and asks again; every call to SQS and DynamoDB says why.
      () => undefined,
    );
  const password = () => {
    void ask();
    return latest ? iamToken(login, latest, Date.now()) : '';
  };
  if (client instanceof Cluster) {
    // Said of a node when it has been made and before it connects.
    client.on('+node', (node: Redis) => givePassword(node, password));
  } else {
    givePassword(client, password);
  }
  void ask().then(() => {
    // It may have been closed meanwhile.
    if (client.status === 'wait') return client.connect().catch(() => undefined);
  });
}

function givePassword(client: Redis, password: () => string): void {
  // Enumerable, because a cluster client asks for its nodes with copies of a connection's options.
  Object.defineProperty(client.options, 'password', { get: password, enumerable: true, configurable: true });
}
