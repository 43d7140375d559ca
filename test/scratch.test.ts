import { test } from 'vitest'
import { parse, createParser } from '../src/parser.js'
const tools=[{type:'function' as const,function:{name:'get_weather',parameters:{type:'object',properties:{city:{type:'string'},days:{type:'integer'}}}}},{type:'function' as const,function:{name:'write',parameters:{type:'object',properties:{path:{type:'string'},content:{type:'string'}}}}}]
const cases=[
 'Sure.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}\n</tool_call>\n',
 '<think>\nhmm\n</think>\n\nA<tool_call>{"arguments": {"city": "Paris"}, "name": "get_weather"}</tool_call>B<tool_call>{"name":"get_weather"}</tool_call>',
 "<tool_call>{'arguments': {'city': 'It\\'s', 'ok': True, 'x': None}, 'name': 'get_weather'}</tool_call>",
 '<tool_call>{"name": "get_weather", "arguments": {"city": "he said "hi" to her", "days": 1}}</tool_call>',
 '<tool_call>{"name": "write", "arguments": {"path": "a", "content": "Example:\n<tool_call>\n{"name": "write", "arguments": {"path": "x"}}\n</tool_call>\n<tool_call>\n{"name": "get_weather", "arguments": {}}\n</tool_call>\n"}}\n</tool_call>',
 '<tool_call>{"name": "get_weather", "arguments": {"city": "Par',
 '<tool_call>{"name": "get_weather", "arguments": "{\\"city\\": \\"P\\"}"}</tool_call> done',
 'Use the <tool_call> tag for things. ok',
 '<tool_call>\n```json\n{"name": "get_weather", "arguments": {"city": "P"}}\n```\n</tool_call>',
 '<tool_call>{"type":"function","function":{"name": "get_weather", "parameters": {"city": "P",}}}</tool_call>',
 '<tool_call>{"name": "get_weather", "city": "P", "days": 2}</tool_call>',
 '<tool_call>{"arguments": {"city": "P", "name": "get_weather"}}</tool_call>',
 '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris}}\n</tool_call>',
 '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"\n</tool_call>',
 '<think>I will <tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>',
 '<think>I will <tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call> maybe</think>no',
]
test('x',()=>{ for (const c of cases){ console.log(c); const r=parse(c,{tools,createId:()=>'id'}); console.log(JSON.stringify({...r,changes:r.changes.map(x=>x.kind+'@'+x.offset+'x'+x.count)},null,1))} })
