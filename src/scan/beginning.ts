/** How a call begins. */
export interface Beginning {
  form: CallForm
  /** The tool's name, where it stands before the call. */
  name: string
  /** The words before the call. A call after words counts only if its block is closed by a mark. */
  preface: string
  /** A fence stands inside the marks, or outside of them; `span`: a single tick. */
  fenced: 'no' | 'span' | 'inside' | 'outside'
  /** The last opening mark. */
  mark: Mark
  /** The opening marks that came after the first. */
  doubled: number
  /** How many brackets stand around the call, and whether a quote does. */
  wrappers: number
  quoted: boolean
  /** Whether the name and what follows it stand in one line of text. */
  inLine: boolean
  /** Whether white space stands between them. */
  spaced: boolean
  /** The object's first bracket was forgotten: its first key is there. */
  lacksBrace: boolean
}

/** Where a call is looked for. */
export interface OpeningPlace {
  mark: Mark
  /** Whether it is inside a fence, which three ticks end. */
  inFence: boolean
  /** Whether the mark begins a turn. */
  inTurn: boolean
  /** Whether the mark is a closing tag, `</tools>`, that the text has opened. */
  closes: boolean
}

/** `own`: behind the dialect's mark. `drifted`: behind another. `line`, `word`: without one, there in the text. */
export type Mark = 'own' | 'drifted' | 'line' | 'word'

/** How a call is spelled: each has a grammar. */
export type CallForm = 'json' | 'named' | 'python' | 'list' | 'xml' | 'arg-key'
