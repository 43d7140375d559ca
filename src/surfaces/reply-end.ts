/**
 * What is known of a reply only at its end.
 *
 * @example { usage: { prompt_tokens: 90, completion_tokens: 30 } }
 */
export interface ReplyEnd {
  /** Token counts as the upstream gives them, in OpenAI's spelling (`prompt_tokens`, `completion_tokens`, …). */
  usage?: unknown
}
