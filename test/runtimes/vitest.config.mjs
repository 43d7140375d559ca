import { defineConfig } from 'vitest/config'
import { viteTemplates } from '../../build/handlebars.ts'

export default defineConfig({
  plugins: [viteTemplates],
  test: { include: ['test/runtimes/*.run.mjs'], testTimeout: 30_000 },
})
