import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime'
import { describe, expect, it } from 'vitest'
import { renderPrompt } from '../../../src/render/prompt.js'
import {
  addRealtimeOutput,
  createRealtimeState,
  type RealtimeState,
  type RealtimeStep,
  reduceRealtime,
} from '../../../src/surfaces/realtime/index.js'

let ids = 0
const createId = (prefix: string) => `${prefix}_${ids++}`

const add = { type: 'function' as const, name: 'add', description: 'Adds.', parameters: { type: 'object' } }

/** Takes events in, one after the other, and gives the last step. */
function reduce(state: RealtimeState, ...events: RealtimeClientEvent[]): RealtimeStep {
  let step: RealtimeStep = { state, events: [] }
  for (const event of events) step = reduceRealtime(step.state, event, { createId })
  return step
}

type Message = Extract<
  Extract<RealtimeClientEvent, { type: 'conversation.item.create' }>['item'],
  { type: 'message' }
>

function create(item: Extract<RealtimeClientEvent, { type: 'conversation.item.create' }>['item']) {
  return { type: 'conversation.item.create' as const, item }
}
function user(text: string, id?: string) {
  const item: Message = {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_text', text }],
    ...(id && { id }),
  }
  return create(item)
}
const respond = { type: 'response.create' as const }

describe('a conversation as a request', () => {
  it('has instructions, messages, calls and results', () => {
    const { ask } = reduce(
      createRealtimeState(),
      { type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.', tools: [add] } },
      create({ type: 'message', role: 'system', content: [{ type: 'input_text', text: 'It is May.' }] }),
      user('1 + 2 and 3 + 4?'),
      create({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Sure.' }] }),
      create({ type: 'function_call', call_id: 'a', name: 'add', arguments: '{"a":1}' }),
      create({ type: 'function_call', call_id: 'b', name: 'add', arguments: '{"a":3}' }),
      create({ type: 'function_call_output', call_id: 'a', output: '3' }),
      create({ type: 'function_call_output', call_id: 'b', output: '7' }),
      respond,
    )
    expect(ask?.request).toEqual({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'It is May.' },
        { role: 'user', content: '1 + 2 and 3 + 4?' },
        {
          role: 'assistant',
          content: 'Sure.',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
            { id: 'b', type: 'function', function: { name: 'add', arguments: '{"a":3}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: '3' },
        { role: 'tool', tool_call_id: 'b', content: '7' },
      ],
      tools: [
        { type: 'function', function: { name: 'add', description: 'Adds.', parameters: { type: 'object' } } },
      ],
    })
    if (ask) expect(renderPrompt(ask.request, { dialect: 'qwen3' }).prompt).toContain('"name": "add"')
  })

  it('keeps answers apart, and text after a call with its call', () => {
    const said = (text: string) =>
      create({ type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: text }] })
    const called = create({ type: 'function_call', call_id: 'a', name: 'add', arguments: '{}' })
    const { ask } = reduce(createRealtimeState(), said('One.'), said('Two.'), called, said('Three.'), respond)
    expect(ask?.request.messages).toMatchObject([
      { role: 'assistant', content: 'One.' },
      { role: 'assistant', content: 'Two.\nThree.', tool_calls: [{ id: 'a' }] },
    ])
  })

  it('shows images and transcripts, and no call that was cut short', () => {
    const { ask } = reduce(
      createRealtimeState(),
      create({
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_audio', audio: 'UklG', transcript: 'See ' },
          { type: 'input_image', image_url: 'data:image/png;base64,', detail: 'low' },
        ],
      }),
      create({ type: 'function_call', name: 'add', arguments: '{"a"', status: 'incomplete' }),
      create({ type: 'message', role: 'user', content: [{ type: 'input_audio', transcript: 'Well?' }] }),
      respond,
    )
    expect(ask?.request.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See ' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,', detail: 'low' } },
        ],
      },
      { role: 'user', content: 'Well?' },
    ])
  })

  it('is asked as session and response say, the response first', () => {
    const state = createRealtimeState({
      instructions: 'Be brief.',
      tools: [add],
      tool_choice: 'none',
      max_output_tokens: 100,
      parallel_tool_calls: false,
    })
    const plain = reduce(state, user('Hi'), respond).ask
    expect(plain).toMatchObject({
      maxTokens: 100,
      request: { toolChoice: 'none', parallelToolCalls: false },
      head: { conversationId: state.conversationId, maxOutputTokens: 100 },
    })
    const response = {
      instructions: 'Be long.',
      tool_choice: { type: 'function' as const, name: 'sub' },
      tools: [{ type: 'function' as const, name: 'sub' }],
      max_output_tokens: 'inf' as const,
      metadata: { topic: 'sums' },
      reasoning: { effort: 'low' as const },
      conversation: 'none' as const,
      input: [user('Apart.').item],
    }
    const apart = reduce(state, user('Hi'), { type: 'response.create', response }).ask
    expect(apart).toMatchObject({
      maxTokens: undefined,
      request: {
        messages: [
          { role: 'system', content: 'Be long.' },
          { role: 'user', content: 'Apart.' },
        ],
        tools: [{ function: { name: 'sub' } }],
        toolChoice: { type: 'function', name: 'sub' },
        reasoning: { effort: 'low' },
      },
      head: { metadata: { topic: 'sums' }, maxOutputTokens: 'inf' },
    })
    expect(apart?.head.conversationId).toBeUndefined()
  })

  it('may take up items of the conversation by reference', () => {
    const { state } = reduce(createRealtimeState(), user('One', 'x'), user('Two', 'y'))
    const step = reduceRealtime(state, {
      type: 'response.create',
      response: { input: [{ type: 'item_reference', id: 'y' }, user('Three').item] },
    })
    expect(step.ask?.request.messages).toEqual([
      { role: 'user', content: 'Two' },
      { role: 'user', content: 'Three' },
    ])
  })

  it('goes on with what the model has said, unless it was asked apart', () => {
    const { state, ask } = reduce(createRealtimeState(), user('Hi'), respond)
    if (ask === undefined) throw new Error('expected a request')
    const item = {
      id: 'item_a',
      object: 'realtime.item' as const,
      type: 'message' as const,
      status: 'completed' as const,
      role: 'assistant' as const,
      content: [{ type: 'output_text' as const, text: 'Hello.' }],
    }
    const after = addRealtimeOutput(state, ask, [item])
    expect(reduce(after, user('Bye'), respond).ask).toMatchObject({
      request: { messages: [{ content: 'Hi' }, { content: 'Hello.' }, { content: 'Bye' }] },
    })
    expect(reduce(after, respond).ask?.head.previousItemId).toBe('item_a')
    expect(addRealtimeOutput(state, { ...ask, head: {} }, [item])).toBe(state)
  })
})

describe('what the server says', () => {
  it('to a session: what it is now', () => {
    const first = reduce(createRealtimeState(), {
      type: 'session.update',
      session: { type: 'realtime', tools: [add], audio: { output: { voice: 'marin' } } },
    })
    const second = reduce(first.state, {
      type: 'session.update',
      session: { type: 'realtime', instructions: 'Be brief.', audio: { output: { speed: 1.5 } } },
    })
    expect(second.events).toMatchObject([
      {
        type: 'session.updated',
        event_id: expect.any(String),
        session: {
          type: 'realtime',
          instructions: 'Be brief.',
          tools: [add],
          output_modalities: ['text'],
          audio: { output: { voice: 'marin', speed: 1.5 } },
        },
      },
    ])
  })

  it('to an item: where it stands', () => {
    const { state } = reduce(createRealtimeState(), user('b', 'b'), user('d', 'd'))
    const at = (previous_item_id: string) => reduce(state, { ...user('x', 'x'), previous_item_id })
    expect(at('root').state.items.map(({ id }) => id)).toEqual(['x', 'b', 'd'])
    expect(at('b').state.items.map(({ id }) => id)).toEqual(['b', 'x', 'd'])
    expect(at('d').events).toMatchObject([
      { type: 'conversation.item.added', previous_item_id: 'd', item: { id: 'x', object: 'realtime.item' } },
      { type: 'conversation.item.done', previous_item_id: 'd', item: { id: 'x', status: 'completed' } },
    ])
    // Nothing was changed in place.
    expect(state.items.map(({ id }) => id)).toEqual(['b', 'd'])
  })

  it('to a look at an item, and to its end', () => {
    const { state } = reduce(createRealtimeState(), user('Hi', 'x'))
    const retrieved = reduce(state, { type: 'conversation.item.retrieve', item_id: 'x' })
    expect(retrieved.events).toMatchObject([{ type: 'conversation.item.retrieved', item: { id: 'x' } }])
    const deleted = reduce(state, { type: 'conversation.item.delete', item_id: 'x' })
    expect(deleted.events).toMatchObject([{ type: 'conversation.item.deleted', item_id: 'x' }])
    expect(deleted.state.items).toEqual([])
  })

  it('to a cancellation: nothing yet', () => {
    const state = createRealtimeState()
    const { cancel } = reduce(state, { type: 'response.cancel', response_id: 'resp_1' })
    expect(cancel).toEqual({ responseId: 'resp_1' })
    expect(reduce(state, { type: 'response.cancel' }).cancel).toEqual({ responseId: undefined })
  })

  const { state } = reduce(createRealtimeState({ tools: [add] }), user('Hi', 'x'))
  it.each<[string, unknown]>([
    ['event', 'Hi'],
    ['type', { type: 'input_audio_buffer.append', audio: '' }],
    ['session', { type: 'session.update' }],
    ['session.type', { type: 'session.update', session: { type: 'transcription' } }],
    ['session.instructions', { type: 'session.update', session: { instructions: 1 } }],
    ['session.tools', { type: 'session.update', session: { tools: {} } }],
    ['session.tools[0].type', { type: 'session.update', session: { tools: [{ type: 'mcp' }] } }],
    ['session.tools[0].name', { type: 'session.update', session: { tools: [{ type: 'function' }] } }],
    ['session.tools[1]', { type: 'session.update', session: { tools: [add, add] } }],
    ['session.tool_choice', { type: 'session.update', session: { tool_choice: { type: 'mcp' } } }],
    ['session.tool_choice', { type: 'session.update', session: { tools: [], tool_choice: 'required' } }],
    ['item', { type: 'conversation.item.create' }],
    ['item.type', { type: 'conversation.item.create', item: { type: 'mcp_call' } }],
    ['item.role', { type: 'conversation.item.create', item: { type: 'message', role: 'tool', content: [] } }],
    ['item.content', { type: 'conversation.item.create', item: { type: 'message', role: 'user' } }],
    ['item.content[0].text', create({ type: 'message', role: 'user', content: [{ type: 'input_text' }] })],
    [
      'item.content[0].transcript',
      create({ type: 'message', role: 'user', content: [{ type: 'input_audio' }] }),
    ],
    ['item.name', { type: 'conversation.item.create', item: { type: 'function_call' } }],
    [
      'item.call_id',
      { type: 'conversation.item.create', item: { type: 'function_call_output', output: '' } },
    ],
    ['item.id', user('again', 'x')],
    ['previous_item_id', { ...user('Hi'), previous_item_id: 'nobody' }],
    ['item_id', { type: 'conversation.item.delete', item_id: 'nobody' }],
    ['response', { type: 'response.create', response: 'now' }],
    ['response.input', { type: 'response.create', response: { input: 'Hi' } }],
    ['response.input[0].id', { type: 'response.create', response: { input: [{ type: 'item_reference' }] } }],
    ['response.max_output_tokens', { type: 'response.create', response: { max_output_tokens: '1' } }],
    [
      'response.tool_choice',
      { type: 'response.create', response: { tool_choice: { type: 'function', name: 'sub' } } },
    ],
  ])('to a wrong %s: an error, and nothing is changed', (param, event) => {
    const given = typeof event === 'object' ? { ...event, event_id: 'mine' } : event
    const step = reduceRealtime(state, given)
    expect(step.state).toBe(state)
    expect(step.ask).toBeUndefined()
    expect(step.events).toMatchObject([
      {
        type: 'error',
        event_id: expect.stringMatching(/^event_\w{24}$/),
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining(`${param} `),
          param,
          event_id: typeof event === 'object' ? 'mine' : null,
        },
      },
    ])
  })

  it('is kept from no name', () => {
    const session = JSON.parse('{"__proto__": {"polluted": 1}, "tools": []}')
    const step = reduceRealtime(createRealtimeState(), { type: 'session.update', session })
    expect(Object.getPrototypeOf(step.state.session)).toBe(Object.prototype)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})
