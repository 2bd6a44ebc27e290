// BullMQ measured as the figures beside it are: 100 bytes of payload (here with the moment as a field more), an empty handler, three rounds, what is processed kept up to 10 000.
//
//   npm install bullmq ioredis && node bullmq.mjs PORT [EVENTS] [CONCURRENCY]
//
// Empties the Redis at that port of this machine. CONCURRENCY 300 drained fastest where docs/performance.md was measured.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [port, events, concurrency] = [Number(process.argv[2]), Number(process.argv[3] ?? 30_000), Number(process.argv[4] ?? 300)];
const connection = { host: '127.0.0.1', port };
const data = { At: '100000000000000000', Text: 'x'.repeat(66) };
const job = () => ({ name: 'bench.event', data: { ...data, since: performance.now() }, opts: { removeOnComplete: { count: 10_000 } } });
const queue = new Queue('bench', { connection });
const redis = new Redis(connection);

async function serverCpu() {
  const info = await redis.info('cpu');
  return ['user', 'sys'].reduce((sum, kind) => sum + Number(info.match(new RegExp(`used_cpu_${kind}:([\\d.]+)`))[1]) * 1e6, 0);
}

async function publish(count) {
  await Promise.all(Array.from({ length: 8 }, async () => {
    while ((count -= 100) >= 0) await queue.addBulk(Array.from({ length: 100 }, job));
  }));
}

async function consume(count, handle = () => {}) {
  let worker;
  await new Promise(done => {
    worker = new Worker('bench', async ({ data }) => { handle(data); if (--count === 0) done(); }, { connection, concurrency });
  });
  await worker.close();
}

async function rate(work) {
  const [cpu, started] = [await serverCpu(), performance.now()];
  await work();
  const seconds = (performance.now() - started) / 1000;
  return { rate: events / seconds, cpu: ((await serverCpu()) - cpu) / events };
}

async function latencies() {
  const all = [];
  const consumed = consume(1000, ({ since }) => all.push(performance.now() - since));
  for (let i = 0; i < 1000; i++) {
    const { name, data, opts } = job();
    await queue.add(name, data, opts);
    await new Promise(next => setTimeout(next, 5));
  }
  await consumed;
  return all.sort((a, b) => a - b);
}

function print(name, values, unit) {
  const [least, median, most] = values.sort((a, b) => a - b).map(value => value.toFixed(value < 100 ? 2 : 0));
  console.log(`${name.padEnd(20)} ${median.padStart(9)} ${unit} (${least} … ${most})`);
}

const rounds = { publish: [], drain: [], steady: [], latency: [] };
for (let round = -1; round < 3; round++) {
  await redis.flushall();
  const figures = {
    publish: await rate(() => publish(events)),
    drain: await rate(() => consume(events)),
    steady: await rate(() => Promise.all([publish(events), consume(events)])),
    latency: await latencies(),
  };
  if (round >= 0) for (const name in figures) rounds[name].push(figures[name]);
}

for (const name of ['publish', 'drain', 'steady']) {
  print(name, rounds[name].map(figure => figure.rate), 'events/s');
  print(`${name}.server`, rounds[name].map(figure => figure.cpu), 'us/event');
}
print('latency.p50', rounds.latency.map(all => all[Math.floor(all.length / 2)]), 'ms');
print('latency.p99', rounds.latency.map(all => all[Math.floor(all.length * 0.99)]), 'ms');
await queue.close();
redis.disconnect();
