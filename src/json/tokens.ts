/**
 * What the reader tells its sink. Whatever the model wrote, the texts of all tokens of one value join to valid JSON,
 * and where the model wrote valid JSON they join to exactly what it wrote.
 */
export interface TokenSink {
  token(kind: Token, text: string): void
}

export enum Token {
  open = 0,
  close = 1,
  /** A whole key with its quotes. */
  key = 2,
  colon = 3,
  comma = 4,
  space = 5,
  stringStart = 6,
  /** A piece of a string's inside, as JSON spells it; an escape is never cut in two. */
  string = 7,
  stringEnd = 8,
  /** A number, `true`, `false` or `null`. */
  atom = 9,
}

/** Whether a value ends with this token, if it is the outermost one's. */
export function endsValue(kind: Token): boolean {
  return kind === Token.close || kind === Token.atom || kind === Token.stringEnd
}

/** Tells a whole string, whose inside is spelled as JSON spells it. */
export function tellString(tell: TokenSink['token'], inside: string) {
  tell(Token.stringStart, '"')
  if (inside !== '') tell(Token.string, inside)
  tell(Token.stringEnd, '"')
}

/** The name that a key's token means. */
export function keyName(json: string): string {
  return decodeString(json.slice(1, -1))
}

/** What an inside piece of a string means. */
export function decodeString(inside: string): string {
  return inside.includes('\\') ? JSON.parse(`"${inside}"`) : inside
}
