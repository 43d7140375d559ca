import { expect, test } from 'vitest'
import { upstreamBase } from '../../src/upstreams/base.js'
import { findUpstream } from '../../src/upstreams/index.js'

test.each([
  ['', 'chat', '/v1/chat/completions'],
  ['/', 'chat', '/v1/chat/completions'],
  ['/v1/', 'chat', '/v1/chat/completions'],
  ['/openai', 'chat', '/openai/v1/chat/completions'],
  ['/api', 'chat', '/api/v1/chat/completions'],
  ['/v1beta/openai/', 'chat', '/v1beta/openai/chat/completions'],
  ['/api/paas/v4', 'chat', '/api/paas/v4/chat/completions'],
  ['/v1/account/gateway/compat', 'chat', '/v1/account/gateway/compat/chat/completions'],
  ['/vllm', 'vllm', '/vllm/v1/completions'],
  // The address of the endpoint itself, or of one beside it.
  ['/v1/chat/completions', 'chat', '/v1/chat/completions'],
  ['/v1/chat/completions/', 'chat', '/v1/chat/completions'],
  ['/chat/completions', 'chat', '/chat/completions'],
  ['/api/chat/completions', 'chat', '/api/chat/completions'],
  ['/v1/responses', 'chat', '/v1/chat/completions'],
  ['/v1/completions', 'vllm', '/v1/completions'],
  ['/v1/chat/completions', 'vllm', '/v1/completions'],
  ['/v1/chat/completions', 'llama.cpp', '/completion'],
  ['/completion', 'llama.cpp', '/completion'],
  ['/completion', 'chat', '/v1/chat/completions'],
  ['/api/generate', 'ollama', '/api/generate'],
  ['/api/chat', 'ollama-chat', '/api/chat'],
  ['/ollama/api/chat', 'ollama-chat', '/ollama/api/chat'],
  ['/api/chat', 'chat', '/v1/chat/completions'],
  ['/api', 'ollama', '/api/generate'],
  ['/api', 'koboldcpp', '/api/v1/generate'],
  ['/api/v1', 'koboldcpp', '/api/v1/generate'],
  ['/api/v1/generate', 'koboldcpp', '/api/v1/generate'],
  ['/api/extra/generate/stream', 'koboldcpp', '/api/v1/generate'],
  ['/generate_stream', 'tgi', '/generate'],
  ['/api/v1', 'dashscope', '/api/v1/services/aigc/text-generation/generation'],
  ['/compatible-mode/v1', 'dashscope', '/api/v1/services/aigc/text-generation/generation'],
  [
    '/api/v1/services/aigc/multimodal-generation/generation',
    'dashscope',
    '/api/v1/services/aigc/text-generation/generation',
  ],
])('an address with the path %j is asked as %s at %s', (path, kind, endpoint) => {
  expect(findUpstream(kind).path(upstreamBase(path, kind), false, {})).toBe(endpoint)
})
