/** Imports one module, and prints how long this took. */
const cpu = process.cpuUsage()
const wall = performance.now()
await import(process.argv[2]!)
const used = process.cpuUsage(cpu)
console.log(JSON.stringify({ cpu: (used.user + used.system) / 1000, wall: performance.now() - wall }))
process.exit()
