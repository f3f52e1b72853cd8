/**
 * Lets signals through to the flush, or holds them in the queue, where they keep their order and their number of receives: Lambda's event source
 * mapping, or what stands for it.
 */
export interface FlushSwitch {
  /**
   * Lets through (`true`) or holds (`false`). Harmless to repeat.
   *
   * @returns whether that is in force; else it is on its way. What was handed out before is flushed to its end
   * @throws {FlushSwitchUnavailableError} it cannot be told; ask again
   */
  set(open: boolean): Promise<boolean>;
}
