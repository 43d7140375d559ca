import { defineConfig } from 'tsup'
import { esbuildTemplates } from './build/handlebars.js'

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      parser: 'src/dialect-parser.ts',
      'chat-completions': 'src/surfaces/chat-completions/index.ts',
      responses: 'src/surfaces/responses/index.ts',
      messages: 'src/surfaces/messages/index.ts',
      dashscope: 'src/surfaces/dashscope/index.ts',
      fetch: 'src/middleware/fetch.ts',
      'ai-sdk': 'src/middleware/ai-sdk.ts',
      'ai-sdk-6': 'src/middleware/ai-sdk-6.ts',
      langchain: 'src/middleware/langchain.ts',
      realtime: 'src/surfaces/realtime/index.ts',
      'node-llama-cpp': 'src/upstreams/local/node-llama-cpp.ts',
      transformers: 'src/upstreams/local/transformers.ts',
      'web-llm': 'src/upstreams/local/web-llm.ts',
      xml: 'src/grammars/nested-xml.ts',
      eval: 'src/eval/index.ts',
      testing: 'src/testing/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    target: 'es2022',
    platform: 'neutral',
    external: [/^node:/],
    esbuildPlugins: [esbuildTemplates],
  },
  {
    entry: { cli: 'src/cli/index.ts' },
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    banner: { js: '#!/usr/bin/env node' },
    esbuildPlugins: [esbuildTemplates],
  },
])
