import { createOpenAI } from '@ai-sdk/openai'
import { generateText, stepCountIs, streamText, tool } from 'ai6'
import type OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toolFetch } from '../../../src/middleware/fetch.js'
import { sealReasoning, unsealReasoning } from '../../../src/surfaces/responses/sealed-reasoning.js'
import { callParis, connect } from '../../middleware/setup.js'

const reply = '<think>\nThey ask 🌍.\n</think>\n\nSunny.'
const ask = { model: 'm', input: 'Weather?' }
type Body = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>

const ways: [string, (client: OpenAI, body: Body) => Promise<OpenAI.Responses.Response>][] = [
  ['whole', (client, body) => client.responses.create({ ...ask, ...body })],
  [
    'streamed',
    (client, { stream: _, ...body }) => client.responses.stream({ ...ask, ...body }).finalResponse(),
  ],
]

describe.each(ways)('reasoning (%s)', (way, send) => {
  it('is the summary where one is asked for, and in no other place', async () => {
    for (const reasoning of [{ summary: 'auto' }, { generate_summary: 'detailed' }] as const) {
      const { client } = await connect([reply])
      const { output, output_text } = await send(client, { reasoning })
      expect(output_text).toBe('Sunny.')
      expect(output[0]).toMatchObject({
        type: 'reasoning',
        status: 'completed',
        summary: [{ type: 'summary_text', text: 'They ask 🌍.' }],
        content: [],
      })
    }
  })

  it('is content where none is', async () => {
    for (const reasoning of [undefined, null, { summary: null }]) {
      const { client } = await connect([reply])
      const { output } = await send(client, reasoning === undefined ? {} : { reasoning })
      expect(output[0]).toMatchObject({
        summary: [],
        content: [{ type: 'reasoning_text', text: 'They ask 🌍.' }],
      })
      expect(output[0]).not.toHaveProperty('encrypted_content')
    }
  })

  it('is read again from what the app was told to send back', async () => {
    const { client, upstream } = await connect(
      [`<think>\nThey ask 🌍.\n</think>\n\n${callParis}`, 'Sunny.'],
      {
        upstream: 'completion',
      },
    )
    const tools = [{ type: 'function' as const, name: 'get_weather', parameters: {}, strict: false }]
    const { output } = await send(client, { include: ['reasoning.encrypted_content'], store: false, tools })
    const [thought, call] = output
    if (thought?.type !== 'reasoning' || call?.type !== 'function_call') expect.fail('other items')
    const { type, id, encrypted_content } = thought
    expect(encrypted_content).toEqual(expect.any(String))
    await send(client, {
      store: false,
      tools,
      input: [
        { role: 'user', content: 'Weather?' },
        { type, id, summary: [], encrypted_content: encrypted_content ?? null },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: 'sunny' },
      ],
    })
    expect(upstream.requests[1]?.body.prompt).toContain('They ask 🌍.')
  })

  it('is streamed part by part', async () => {
    if (way === 'whole') return
    const { client } = await connect([reply])
    const types: string[] = []
    let said = ''
    const stream = client.responses.stream({ ...ask, reasoning: { summary: 'auto' } })
    stream.on('event', (event) => {
      types.push(event.type)
      if (event.type === 'response.reasoning_summary_text.delta') said += event.delta
    })
    await stream.finalResponse()
    expect(said).toBe('They ask 🌍.')
    const once = types.filter((type, index) => type !== types[index - 1])
    expect(once.slice(2, 9)).toEqual([
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
    ])
  })
})

describe('the AI SDK’s own model', () => {
  it.each(['generateText', 'streamText'] as const)('sees it, and sends it back (%s)', async (way) => {
    const replies = [`<think>\nLook it up.\n</think>\n\n${callParis}`, 'It is 18 °C.']
    const { upstream } = await connect(replies)
    const fetch = toolFetch({ dialect: 'qwen3', upstream: 'completion' })
    const openai = createOpenAI({ apiKey: '-', baseURL: `${upstream.url}/v1`, fetch })
    const asked = {
      // It asks for reasoning only of models that it knows to reason.
      model: openai('gpt-5'),
      tools: { get_weather: tool({ inputSchema: z.object({ city: z.string() }), execute: () => '18 °C' }) },
      providerOptions: { openai: { store: false, reasoningSummary: 'auto' } },
      stopWhen: stepCountIs(3),
      prompt: 'Weather?',
      maxRetries: 0,
    }
    const { steps, text } = way === 'generateText' ? await generateText(asked) : streamText(asked)
    expect((await steps)[0]?.reasoningText).toBe('Look it up.')
    expect(await text).toBe('It is 18 °C.')
    expect(upstream.requests[1]?.body.prompt).toContain('Look it up.')
  })
})

describe('what is sent back', () => {
  it.each(['', 'Two tools.', '🌍 é\n\u0000', 'x'.repeat(200_000)])('is what was given', (text) => {
    expect(unsealReasoning(sealReasoning(text))).toBe(text)
  })

  it.each(['gAAAA', 'gAAAAABo', 'no base64!', '', btoa('toolshin:x'), btoa('\u00ff'), null, 7])(
    'is nothing where another service has written it: %j',
    (sealed) => {
      expect(unsealReasoning(sealed)).toBe('')
    },
  )
})
