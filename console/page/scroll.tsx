import type { ComponentChildren } from 'preact';

/** A frame that scrolls what is too wide, so that the page never does; the keyboard reaches it. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it Safari's keyboard cannot scroll it
    <section class="scroll" aria-label={`${label}, table`} tabIndex={0}>
      {children}
    </section>
  );
}
