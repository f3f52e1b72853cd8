import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HttpFaultProxy } from '../support/http-fault-proxy.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import type { InstanceConfig } from './instance.ts';
import type { Reported } from './judge/record.ts';

/** The servers that instances are to use. */
export interface ServerUrls {
  readonly valkey: string;
  /** Whether it is a cluster: its nodes send clients to each other, so no proxy can stand in between. */
  readonly isCluster: boolean;
  readonly sqs: string;
  readonly dynamodb: string;
}

/** A function's instance with a way of its own to each server, and whatever replaces it when it is killed. */
export class Instance {
  readonly role: InstanceConfig['role'];
  readonly valkey: TcpProxy | undefined;
  readonly sqs: HttpFaultProxy;
  readonly dynamodb: HttpFaultProxy;
  /** Where an API instance is called. */
  url = '';
  /** Messages that were delivered although they had been before. */
  redelivered = 0;
  readonly reported: Reported[] = [];
  readonly #config: InstanceConfig;
  #child: ChildProcess | undefined;
  #clockOffsetMs = 0;
  #generation = 0;

  private constructor(
    config: InstanceConfig,
    valkey: TcpProxy | undefined,
    sqs: HttpFaultProxy,
    dynamodb: HttpFaultProxy,
  ) {
    this.role = config.role;
    this.valkey = valkey;
    this.sqs = sqs;
    this.dynamodb = dynamodb;
    const endpoints = {
      ...config.endpoints,
      ...(valkey && { valkeyUrl: valkey.url }),
      sqsEndpoint: sqs.url,
      dynamodbEndpoint: dynamodb.url,
    };
    this.#config = { ...config, endpoints };
  }

  static async start(config: InstanceConfig, servers: ServerUrls): Promise<Instance> {
    const valkey = servers.isCluster ? undefined : await TcpProxy.start(servers.valkey);
    const instance = new Instance(
      config,
      valkey,
      await HttpFaultProxy.start(servers.sqs),
      await HttpFaultProxy.start(servers.dynamodb),
    );
    await instance.#run();
    return instance;
  }

  async #run(): Promise<void> {
    this.#generation += 1;
    const config = { ...this.#config, clockOffsetMs: this.#clockOffsetMs, seed: this.#config.seed + this.#generation };
    const child = fork(fileURLToPath(new URL('./instance.ts', import.meta.url)), [JSON.stringify(config)], {
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#child = child;
    createInterface({ input: child.stderr! }).on('line', (line) => this.#logged(line));
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: { url?: string; redelivered?: number }) => {
        this.redelivered += message.redelivered ?? 0;
        if (message.url === undefined) return;
        this.url = message.url;
        resolve();
      });
      child.once('exit', () => reject(new Error(`an instance of ${this.role} ended while it started`)));
    });
  }

  /** What the product tells its operators of losses; anything else that it prints is ours to see. */
  #logged(line: string): void {
    const { message, key, version } = line.startsWith('{') ? JSON.parse(line) : {};
    if (message === 'known-lost') this.reported.push({ key, version });
    else console.error(`${this.role}: ${line}`);
  }

  /** SIGKILL, at whatever it is doing; another one takes its place. */
  async kill(): Promise<void> {
    const child = this.#child!;
    this.#child = undefined;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await this.#run();
  }

  /** SIGSTOP: it goes on later as if no time had passed. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Process id of the one that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  setClock(offsetMs: number): void {
    this.#clockOffsetMs = offsetMs;
    this.#child?.send({ clockOffsetMs: offsetMs });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await Promise.all([this.valkey?.close(), this.sqs.close(), this.dynamodb.close()]);
  }
}
