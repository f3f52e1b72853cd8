import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { messageOf } from './api.ts';
import { useAway } from './live.ts';

/** What became of something that a person did. */
export interface Result {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** Something that a person can do: whether it is under way, and what became of it. */
export interface Action<Arguments extends unknown[]> {
  readonly pending: boolean;
  readonly result: Result | undefined;
  readonly run: (...args: Arguments) => Promise<void>;
}

/** Does `act` when asked to; what it returns, or why it failed, is the result. */
export function useAction<Arguments extends unknown[]>(
  act: (...args: Arguments) => Promise<string | undefined>,
): Action<Arguments> {
  const [pending, setPending] = useState(false);
  const [result, setResult] = useState<Result>();
  const run = async (...args: Arguments): Promise<void> => {
    setPending(true);
    setResult(undefined);
    try {
      const text = await act(...args);
      if (text !== undefined) setResult({ tone: 'good', text });
    } catch (error) {
      setResult({ tone: 'bad', text: messageOf(error) });
    } finally {
      setPending(false);
    }
  };
  return { pending, result, run };
}

/** Says what became of an action, also to screen readers: the place is there before the text. */
export function Outcome({ result }: { readonly result: Result | undefined }) {
  return (
    <p class={`outcome ${result?.tone ?? ''}`} role="status">
      {result?.text}
    </p>
  );
}

/**
 * A button that does nothing, and says why, while it cannot do what it says. Never `disabled`: a browser takes the
 * focus from a disabled button, and whoever works by keyboard would have to find the way back.
 */
export function Button({
  children,
  kind = 'plain',
  type = 'button',
  reason,
  pending = false,
  label,
  onClick,
}: {
  readonly children: ComponentChildren;
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly type?: 'button' | 'submit';
  /** Why it cannot be used now. @default it can */
  readonly reason?: string | undefined;
  readonly pending?: boolean;
  /** Its name for screen readers, where the text alone is not enough. */
  readonly label?: string;
  readonly onClick?: () => void;
}) {
  const id = useId();
  const away = useAway();
  const why = away ?? reason;
  const idle = why !== undefined || pending;
  return (
    <span class="control">
      <button
        class={kind}
        type={type}
        aria-disabled={idle}
        aria-busy={pending}
        aria-label={label}
        aria-describedby={why ? id : undefined}
        title={why}
        onClick={(event) => {
          if (idle) event.preventDefault();
          else onClick?.();
        }}
      >
        {children}
      </button>
      {why && (
        <small id={id} class={away ? 'hidden-text' : 'why'}>
          {why}
        </small>
      )}
    </span>
  );
}
