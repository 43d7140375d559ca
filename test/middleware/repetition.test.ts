import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRepetition } from '../../src/middleware/repetition.js'
import { ask, callOslo, callParis, collect, connect, twoCalls } from './setup.js'

const growing = (parts: string[]) => parts.map((_, at) => parts.slice(0, at + 1).join(''))

function read(asked: boolean, parts: string[]): string {
  const text = createRepetition(asked).createText()
  return [...parts.map((part) => text.push(part) ?? ''), text.end() ?? ''].join('')
}

describe('what is new', () => {
  it.each([
    ['Hel', 'lo wor', 'ld'],
    ['你', '好', '！'],
    ['1', '10', '100'],
    ['1', '10', '!'],
    ['ha', 'ha', 'ha'],
    ['--------------------', '--------------------', '----'],
    ['-', '--', '---'],
    ['<', '<tool', '_call>'],
    ['I', 'It', ' is'],
    ['Hello there', '', ' you'],
  ])('of %j %j %j', (...parts) => {
    // Repetitions by chance: three in a row are taken for what they look like.
    if (parts[2] !== '100') expect(read(false, parts)).toBe(parts.join(''))
    // A line of dashes that grows is pieces where pieces were asked for.
    if (!/^-/.test(parts.join(''))) expect(read(false, growing(parts))).toBe(parts.join(''))
    expect(read(true, growing(parts))).toBe(parts.join(''))
  })

  it('of calls: pieces of several without numbers, or with white space before them, are no repetitions', () => {
    const call = (text: string, index?: number) => ({ index, custom: false, text })
    const read = (...parts: ReturnType<typeof call>[]) => {
      const { calls } = createRepetition(false)
      return parts.flatMap((part) => calls([part])).map(({ text }) => text)
    }
    expect(read(call('{}'), call('{}'))).toEqual(['{}', '{}'])
    expect(read(call('\n', 0), call('\n{', 0), call('}', 0))).toEqual(['\n', '\n{', '}'])
    expect(read(call('{"a', 0), call('{"a": 1', 0), call('{"a": 1}', 0))).toEqual(['{"a', '": 1', '}'])
  })

  it('of a text that is put right when it is repeated', () => {
    const text = [
      'In the café',
      'In the café of \ufffd',
      'In the café of \u00e9',
      'In the café of \u00e9l. Yes',
    ]
    expect(read(true, text)).toBe('In the café of \ufffd\u00e9l. Yes')
    expect(read(true, ['Hello', 'Hello world!', 'Hello worl', 'Hello world! Yes'])).toBe('Hello world! Yes')
    expect(read(true, [...text, 'In the café'])).toBe('In the café of \ufffd\u00e9l. YesIn the café')
  })

  it('of pieces where repetitions were asked for', () => {
    expect(read(true, ['Hel', 'lo wor', 'ld', 'l', 'Hel'])).toBe('Hello worldlHel')
  })

  it('of a last part that has no text, or is another piece, or repeats all once more', () => {
    const parts = growing(['Hel', 'lo wor', 'ld'])
    expect(read(false, [...parts, ''])).toBe('Hello world')
    expect(read(false, [...parts, '!'])).toBe('Hello world!')
    expect(read(true, [...parts, 'Hello world'])).toBe('Hello world')
  })

  it('is all of it at the end', () => {
    expect(read(false, ['1', '10'])).toBe('110')
    expect(read(true, ['1', '10'])).toBe('10')
  })

  it('is never less than what was written', () => {
    const parts = fc.array(fc.string({ maxLength: 12 }), { maxLength: 8 })
    fc.assert(
      fc.property(parts, (parts) => {
        expect(read(true, growing(parts))).toBe(parts.join(''))
        const text = read(false, growing(parts))
        expect(text.endsWith(parts.join('')) || text.startsWith(parts.join(''))).toBe(true)
      }),
    )
  })
})

describe('DashScope', () => {
  const event = (message: object, finish_reason: string) =>
    `data:${JSON.stringify({ output: { choices: [{ message: { role: 'assistant', ...message }, finish_reason }] } })}\n\n`
  const cut = (text: string) => text.match(/.{1,9}/gs) ?? []
  const streamOf = (texts: string[], name = 'content') =>
    [...texts.map((text) => event({ [name]: text }, 'null')), event({ content: '' }, 'stop')].join('')

  it.each([true, false])('does not do as it is told (incremental_output: %s)', async (incremental_output) => {
    const upstream = { kind: 'dashscope' as const, extraBody: { parameters: { incremental_output } } }
    const text = `Let me look.\n\n${callParis}\n${callOslo}`
    const body = streamOf((incremental_output ? growing : (same: string[]) => same)(cut(text)))
    const { client } = await connect([{ fault: { status: 200, body } }], { upstream })
    const answer = await client.chat.completions.stream(ask).finalChatCompletion()
    const expected = await connect([twoCalls])
    const other = await expected.client.chat.completions.create(ask)
    const [message, right] = [answer, other].map(({ choices }) => choices[0]?.message)
    expect(message?.content).toBe(right?.content)
    expect(message?.tool_calls?.map((call) => ('function' in call ? call.function.arguments : ''))).toEqual(
      right?.tool_calls?.map((call) => ('function' in call ? call.function.arguments : '')),
    )
  })

  it('repeats what it thinks, and calls of its own, although it was asked for pieces', async () => {
    const thoughts = growing(cut('I should look at the weather.')).map((text) => ({
      reasoning_content: text,
    }))
    const calls = growing(cut('{"city": "Paris"}')).map((text) => ({
      tool_calls: [
        { index: 0, id: 'c', type: 'function', function: { name: 'get_weather', arguments: text } },
      ],
    }))
    const body =
      [...thoughts, ...calls].map((message) => event(message, 'null')).join('') + event({}, 'tool_calls')
    const { client } = await connect([{ fault: { status: 200, body } }], { upstream: 'dashscope' })
    const chunks = await collect(await client.chat.completions.create({ ...ask, stream: true }))
    const deltas = chunks.map(({ choices }) => Object(choices[0]?.delta))
    expect(deltas.map(({ reasoning_content: text }) => text ?? '').join('')).toBe(
      'I should look at the weather.',
    )
    const args = deltas.map(({ tool_calls: calls }) => calls?.[0]?.function?.arguments ?? '')
    expect(args.join('')).toBe('{"city": "Paris"}')
  })
})
