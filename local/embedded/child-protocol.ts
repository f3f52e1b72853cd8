/** What a child process says over IPC, once: that its server runs (and on which port, where it chose one), or why not. */
export type ChildReport = { readonly pid: number; readonly port?: number } | { readonly error: string };

/** Tells the parent process, unless it is gone already. */
export function report(message: ChildReport): void {
  if (process.connected) process.send?.(message);
}

/**
 * Ends this process together with its parent, and on SIGTERM after `close`. For servers that run inside the child
 * process itself.
 */
export function liveWithParent(close: () => Promise<void>): void {
  process.on('disconnect', () => process.exit(0));
  process.once('SIGTERM', () => {
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
