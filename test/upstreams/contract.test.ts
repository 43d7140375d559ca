import { APIError } from 'openai'
import type { ChatCompletion } from 'openai/resources'
import { describe, expect, it } from 'vitest'
import type { ReplayFault, ReplayReply } from '../../src/testing/index.js'
import type { UpstreamKind } from '../../src/upstreams/index.js'
import { ask, callParis, connect, failure, twoCalls } from '../middleware/setup.js'
import { type Contract, contracts } from './contract.js'

const all = Object.entries(contracts).map(([kind, contract]): [UpstreamKind, Contract] => {
  const known = Object.keys(contracts).find((name): name is UpstreamKind => name === kind)
  if (known === undefined) throw new Error(`no kind ${kind}`)
  return [known, contract]
})

const expected = {
  finish_reason: 'tool_calls',
  message: {
    content: 'Let me look.',
    tool_calls: [
      { function: { name: 'get_weather', arguments: '{"city": "Paris"}' } },
      { function: { name: 'get_time', arguments: '{"city": "Oslo 🌍 é"}' } },
    ],
  },
}

describe.each(all)('%s keeps the contract of upstreams', (upstream, contract) => {
  const link = (replies: (string | ReplayReply)[]) => connect(replies, { upstream })

  /** The answer to a reply, asked for whole and streamed. */
  async function ways(reply: string | ReplayReply, change: object = {}): Promise<ChatCompletion[]> {
    const { client } = await link([reply])
    const body = { ...ask, ...change }
    return [
      await client.chat.completions.create(body),
      await client.chat.completions
        .stream({ ...body, stream_options: { include_usage: true } })
        .finalChatCompletion(),
    ]
  }

  it('whole and streamed, where its protocol has them', async () => {
    const { client, upstream: server } = await link([twoCalls])
    const whole = await client.chat.completions.create(ask)
    const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
    for (const { choices } of [whole, streamed]) expect(choices).toMatchObject([expected])
    expect(server.requests.map(({ path }) => path)).toEqual([contract.path.whole, contract.path.streamed])
    expect(server.requests.map((request) => request.streamed)).toEqual([false, true])
  })

  it('has everything that its protocol asks for and nothing about tools', async () => {
    const { client, upstream: server } = await link(['Hi.'])
    await client.chat.completions.create({ ...ask, tool_choice: 'auto', stop: ['A', 'B', 'C', 'D', 'E'] })
    const [request] = server.requests
    const stops = contract.stops.of(request?.body ?? {})
    expect(stops).toEqual(expect.arrayContaining(['A', 'B', 'C', 'D', 'E']))
    const more = contract.stops.most > 5
    if (more) expect(stops).toEqual(expect.arrayContaining(['<|im_end|>']))
    const text = JSON.stringify(request?.body)
    expect(text).not.toMatch(/"(tools|tool_choice|parallel_tool_calls)":/)
    expect(text).toContain('get_weather')
    expect(request?.headers.authorization).toBe('Bearer none')
  })

  const spellings: [string, ReplayFault][] = [
    ['characters in two pieces', { splitCharacters: true }],
    ['CRLF', { crlf: true }],
    ['comments', { comments: true }],
    ['no space behind the colon', { noSpace: true }],
    ['no line end at the end', { noLastLineEnd: true, noDone: true }],
    ['stop strings left in', { stop: 'included' }],
    ['a stream only', { form: 'stream' }],
    ['a whole answer only', { form: 'whole' }],
  ]
  it.each(spellings)('with %s', async (_, fault) => {
    for (const { choices } of await ways({ text: twoCalls, fault })) expect(choices).toMatchObject([expected])
  })

  it('cut in the middle of a call', async () => {
    const cut = { text: `Here.\n${callParis}\n${callParis.slice(0, -30)}`, finish: 'length' }
    const { client } = await link([cut])
    const { choices } = await client.chat.completions.create(ask)
    expect(choices).toMatchObject([{ finish_reason: 'length', message: { tool_calls: [{}] } }])
    expect(choices[0]?.message.tool_calls).toHaveLength(1)
    let last: string | null | undefined
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      last = chunk.choices[0]?.finish_reason ?? last
    }
    expect(last).toBe('length')
  })

  it('with an error in mid-stream, in its own spelling', async () => {
    const error = { after: 2, frame: contract.error.frame }
    const { client } = await link([{ text: twoCalls, fault: { form: 'stream', error } }])
    for (const work of [
      client.chat.completions.create(ask),
      client.chat.completions.stream(ask).finalChatCompletion(),
    ]) {
      const failed = await failure(work)
      expect(failed).toBeInstanceOf(APIError)
      expect(String(failed)).toContain('no luck')
      expect(String(failed)).not.toContain('{')
    }
  })

  it('with an HTTP error in its own spelling', async () => {
    const { client } = await link([{ fault: { status: 422, body: contract.error.body } }])
    for (const work of [
      client.chat.completions.create(ask),
      client.chat.completions.stream(ask).finalChatCompletion(),
    ]) {
      expect(await failure(work)).toMatchObject({ status: 422, message: '422 no luck' })
    }
  })

  it.each(contract.finishes)('with the finish reason %s, which is %s', async (finish, read) => {
    for (const { choices } of await ways({ text: 'Some words.', finish })) {
      expect(choices).toMatchObject([{ finish_reason: read, message: { content: 'Some words.' } }])
    }
  })

  it(`counts tokens: ${JSON.stringify(contract.counts)}`, async () => {
    const [whole, streamed] = await ways('Some words and more of them.')
    for (const [usage, counted] of [
      [whole?.usage, contract.counts.whole],
      [streamed?.usage, contract.counts.streamed],
    ]) {
      if (!counted) expect(usage).toBeUndefined()
      else expect(usage).toMatchObject({ prompt_tokens: expect.any(Number), completion_tokens: 7 })
    }
  })

  it("ends the text before the app's stop string", async () => {
    const text = 'One two three. STOP HERE and on.'
    const replies = [
      { text },
      ...(contract.stops.stay ? [{ text, fault: { stop: 'included' as const } }] : []),
    ]
    for (const reply of replies) {
      for (const { choices } of await ways(reply, { stop: ['STOP HERE'] })) {
        expect(choices).toMatchObject([{ message: { content: 'One two three. ' }, finish_reason: 'stop' }])
        if ('fault' in reply) expect(choices).toMatchObject([{ stop_reason: 'STOP HERE' }])
      }
    }
  })

  it('with a stop string that took the closing mark with it', async () => {
    for (const { choices } of await ways(callParis.replace('\n</tool_call>', ''))) {
      expect(choices).toMatchObject([
        {
          finish_reason: 'tool_calls',
          message: { tool_calls: [{ function: { arguments: '{"city": "Paris"}' } }] },
        },
      ])
    }
  })

  if (contract.manyChoices) {
    it('with several choices', async () => {
      const { client } = await link([{ choices: [callParis, 'Hm.'] }])
      const body = { ...ask, n: 2 }
      const whole = await client.chat.completions.create(body)
      const streamed = await client.chat.completions.stream(body).finalChatCompletion()
      for (const { choices } of [whole, streamed]) {
        expect(choices).toMatchObject([
          { index: 0, message: { tool_calls: [{ function: { name: 'get_weather' } }] } },
          { index: 1, message: { content: 'Hm.' }, finish_reason: 'stop' },
        ])
      }
    })
  } else {
    it('refuses several choices', async () => {
      const { client, upstream: server } = await link(['x'])
      const error = await failure(client.chat.completions.create({ ...ask, n: 2 }))
      expect(error).toMatchObject({ status: 400, param: 'n' })
      expect(server.requests).toEqual([])
    })
  }

  if (contract.reasons) {
    it('with reasoning that it tells apart', async () => {
      for (const { choices } of await ways({ reasoning: 'Hm, Paris. 🌍', text: callParis })) {
        // The SDK's own collector keeps only the last piece of a field that it does not know.
        expect(Object.keys(choices[0]?.message ?? {})).toContain('reasoning_content')
        expect(choices[0]?.message.tool_calls).toHaveLength(1)
      }
      const { client } = await connect([{ reasoning: 'Hm, Paris. 🌍', text: 'Yes.' }], {
        upstream: { kind: upstream, stream: true },
      })
      const { choices } = await client.chat.completions.create(ask)
      expect(choices[0]?.message).toMatchObject({ reasoning_content: 'Hm, Paris. 🌍', content: 'Yes.' })
    })
  }

  const { nativeCall } = contract
  if (nativeCall) {
    it('with a call that it has parsed by itself', async () => {
      const { frame, last, whole } = nativeCall
      const spell = (one: object) =>
        contract.lines === 'sse' ? `data: ${JSON.stringify(one)}\n\n` : `${JSON.stringify(one)}\n`
      for (const body of [spell(frame) + spell(last), JSON.stringify(whole)]) {
        for (const { choices } of await ways({ fault: { status: 200, body } })) {
          expect(choices).toMatchObject([
            {
              finish_reason: 'tool_calls',
              message: {
                content: null,
                tool_calls: [{ id: expect.stringMatching(/./), function: { name: 'get_weather' } }],
              },
            },
          ])
          const [made] = choices[0]?.message.tool_calls ?? []
          expect(made?.type === 'function' && JSON.parse(made.function.arguments)).toEqual({ city: 'Paris' })
        }
      }
    })
  }

  it('by an endpoint that only streams, or only not', async () => {
    for (const stream of [true, false]) {
      const { client, upstream: server } = await connect([twoCalls], { upstream: { kind: upstream, stream } })
      const whole = await client.chat.completions.create(ask)
      const streamed = await client.chat.completions.stream(ask).finalChatCompletion()
      for (const { choices } of [whole, streamed]) expect(choices).toMatchObject([expected])
      expect(server.requests.map((request) => request.streamed)).toEqual([stream, stream])
    }
  })
})
