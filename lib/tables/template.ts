/** A placeholder (`part`) or the text between two of them. */
type Piece = { readonly part: string } | { readonly text: string };

/** Text with named parts, such as `SHOP#{shop}`: made from the parts, and taken apart again. */
export class Template {
  readonly text: string;
  /** Names of the parts, in order. */
  readonly parts: readonly string[];
  readonly #pieces: readonly Piece[];

  /** @param text one that {@link templateFault} finds nothing wrong with */
  constructor(text: string) {
    this.text = text;
    this.#pieces = piecesOf(text);
    this.parts = this.#pieces.flatMap((piece) => ('part' in piece ? [piece.part] : []));
  }

  /** The text before the first part. */
  get prefix(): string {
    const [first] = this.#pieces;
    return first && 'text' in first ? first.text : '';
  }

  /** The text with these parts. */
  fill(parts: ReadonlyMap<string, string>): string {
    return this.#pieces.map((piece) => ('part' in piece ? (parts.get(piece.part) ?? '') : piece.text)).join('');
  }

  /**
   * The parts of a text; `undefined` if it is not like the template. A part has at least one character, and ends where the text
   * that follows it in the template first stands.
   */
  match(text: string): ReadonlyMap<string, string> | undefined {
    const parts = new Map<string, string>();
    let at = 0;
    for (const [index, piece] of this.#pieces.entries()) {
      if ('text' in piece) {
        if (!text.startsWith(piece.text, at)) return undefined;
        at += piece.text.length;
        continue;
      }
      const next = this.#pieces[index + 1];
      const end = next && 'text' in next ? text.indexOf(next.text, at) : text.length;
      if (end <= at) return undefined;
      parts.set(piece.part, text.slice(at, end));
      at = end;
    }
    return at === text.length ? parts : undefined;
  }
}

const PLACEHOLDER = /\{(\w+)\}/;

/** What is wrong with the text of a template, if anything is. */
export function templateFault(text: string): string | undefined {
  const pieces = piecesOf(text);
  const parts = pieces.flatMap((piece) => ('part' in piece ? [piece.part] : []));
  if (pieces.some((piece) => 'text' in piece && /[{}]/.test(piece.text))) {
    return 'braces stand around the name of a part, of letters, digits and _: {name}';
  }
  if (new Set(parts).size < parts.length) return 'a part stands there twice';
  if (pieces.some((piece, index) => 'part' in piece && 'part' in (pieces[index + 1] ?? {}))) {
    return 'two parts need text between them, else nobody can tell where one ends';
  }
  return undefined;
}

function piecesOf(text: string): Piece[] {
  // Split by a pattern with a group, every second element is the name of a part.
  return text
    .split(PLACEHOLDER)
    .map((piece, index): Piece => (index % 2 === 1 ? { part: piece } : { text: piece }))
    .filter((piece) => 'part' in piece || piece.text !== '');
}
