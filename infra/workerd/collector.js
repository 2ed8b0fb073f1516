// Answers with the metrics of all functions of this process: what each says of a family comes together, as Prometheus wants it.
export default {
  async fetch(_, env) {
    const texts = await Promise.all(Object.values(env).map(async (one) => (await one.fetch('http://metrics/')).text()))
    const families = new Map()
    let current = ''
    for (const line of texts.join('').split('\n')) {
      const [, comment, name] = /^(#) \w+ (\w+)/.exec(line) ?? []
      if (comment === undefined) {
        if (line !== '') families.get(current).push(line)
        continue
      }
      current = name
      const lines = families.get(name)
      if (lines === undefined) families.set(name, [line])
      else if (!lines.includes(line)) lines.push(line)
    }
    return new Response(`${[...families.values()].flat().join('\n')}\n`, {
      headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' },
    })
  },
}
