import net from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * Makes every server of this process listen on 127.0.0.1 only, whatever address it asks for, and sends small answers at
 * once (TCP_NODELAY). For the child processes of embedded servers that have no option for it.
 */
export function listenOnLoopbackOnly(): void {
  const listen = net.Server.prototype.listen as (this: net.Server, ...args: unknown[]) => net.Server;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]): net.Server {
    this.on('connection', (socket: net.Socket) => socket.setNoDelay(true));
    const [first, ...rest] = args;
    if (typeof first === 'object' && first !== null) {
      return listen.call(this, { ...first, host: LOOPBACK }, ...rest);
    }
    return listen.call(this, Number(first ?? 0), LOOPBACK, ...rest.filter((arg) => typeof arg === 'function'));
  };
}
