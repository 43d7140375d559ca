import { createLog } from '../../upstreams/local/stand-ins/script.js'
import { createEngine } from '../../upstreams/local/stand-ins/web-llm.js'
import { script } from './replies.js'

/** Stands for the package in the examples of the pages, which need no WebGPU then. */
export const CreateMLCEngine = async (_model: string) => createEngine(script, createLog())
