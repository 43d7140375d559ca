/** A pair of marks around something in the model's text. */
export interface Marks {
  open: string
  close: string
}

/**
 * One model family's agreement: how tools are shown, how a call and a result are written, which marks and stop strings
 * are used. The parser reads `marks`, `grammar` and `controlTokens`; the renderer reads `template` and the rest.
 */
export interface Dialect {
  id: string
  /** How a call is spelled between the marks. */
  grammar: 'json'
  marks: { call: Marks; reasoning?: Marks }
  /** Tokens that open or end a turn. In data they are neutralised, in a reply they end what is open. */
  controlTokens: { start: string; end: string; others: string[] }
  /** Strings at which an upstream should stop generating. */
  stop: string[]
}
