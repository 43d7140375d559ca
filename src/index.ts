export { collect, createParser, defaultLimits, parse } from './parser.js'
