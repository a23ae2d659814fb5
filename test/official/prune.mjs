// Cuts an OpenAPI document down to some paths and what they refer to.
//
//   node prune.mjs IN OUT PATTERN...      a pattern is a regular expression
import { readFileSync, writeFileSync } from 'node:fs'

const [input, output, ...patterns] = process.argv.slice(2)
const wanted = patterns.map((p) => new RegExp(`^(?:${p})$`))
const doc = JSON.parse(readFileSync(input, 'utf8'))

for (const path of Object.keys(doc.paths)) {
  if (!wanted.some((p) => p.test(path))) delete doc.paths[path]
}
delete doc['x-webhooks']
delete doc.webhooks

// Keep a component if something kept refers to it.
const kept = {}
const queue = [doc.paths]
while (queue.length > 0) {
  JSON.stringify(queue.pop(), (key, value) => {
    if (key === 'examples' || key === 'example') return undefined
    if (key === '$ref' && typeof value === 'string') {
      const [, , kind, name] = value.split('/')
      if (kind !== 'examples' && !kept[kind]?.[name]) {
        kept[kind] = { ...kept[kind], [name]: doc.components[kind][name] }
        queue.push(doc.components[kind][name])
      }
    }
    return value
  })
}
doc.components = kept
writeFileSync(output, JSON.stringify(doc, (key, value) => (key === 'examples' || key === 'example' ? undefined : value)))
