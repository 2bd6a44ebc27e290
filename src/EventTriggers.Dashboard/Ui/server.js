// The servers, as they say it themselves, and what this process knows of them.
import { get } from './api.js';
import { badge, count, facts, h, heading, number, section } from './dom.js';
import { length, moment } from './times.js';

const Units = ['bytes', 'KB', 'MB', 'GB', 'TB'];

export function size(bytes) {
  if (bytes === undefined) return undefined;
  const unit = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return h('span', { title: `${number(bytes)} bytes` }, `${number(bytes / 1024 ** unit)} ${Units[unit]}`);
}

function memory(one) {
  if (one.usedMemoryBytes === undefined) return undefined;
  if (!one.maxMemoryBytes) return [size(one.usedMemoryBytes), h('span', { class: 'quiet' }, ' · no limit')];
  const part = one.usedMemoryBytes / one.maxMemoryBytes;
  return [size(one.usedMemoryBytes), ' of ', size(one.maxMemoryBytes), ' ',
    badge(`${Math.round(part * 100)} %`, part > 0.95 ? 'bad' : part > 0.8 ? 'warning' : 'good')];
}

const persistence = one => one.hasAppendOnlyFile === undefined && !one.lastSnapshotAt ? undefined : h('div', {},
  one.hasFailedToPersist ? [badge('The last write failed', 'bad'), ' '] : '',
  one.hasAppendOnlyFile ? 'append-only file' : 'no append-only file: what came after the last snapshot is lost in a crash',
  one.lastSnapshotAt ? h('div', { class: 'quiet' }, 'last snapshot, or start: ', moment(one.lastSnapshotAt)) : '');

function partition(known, one) {
  return h('article', { class: 'card' },
    h('div', { class: 'heading' }, h('h2', {}, `Partition ${one?.partition ?? known.index}`,
      one?.product ? h('span', { class: 'quiet' }, ` ${one.product} ${one.version ?? ''}`) : '')),
    one?.failure ? h('p', { class: 'error' }, one.failure) : '',
    known?.failure ? h('p', { class: 'error' }, known.failure) : '',
    facts([
      ['Role', one?.role && [one.role === 'slave' ? 'replica' : one.role,
        one.replicas !== undefined ? h('span', { class: 'quiet' }, ` · ${count(one.replicas, 'replica', 'replicas')}`) : '']],
      ['Runs for', length(one?.uptime)],
      ['Memory', one && memory(one)],
      ['When memory is full', one?.evictionPolicy && (one.evictionPolicy === 'noeviction' ? 'writes are refused (noeviction)'
        : badge(`may evict events: ${one.evictionPolicy}`, 'bad'))],
      ['Persistence', one && persistence(one)],
      ['Refused commands', one?.refusedCommands.length ? badge(one.refusedCommands.join(', '), 'warning') : undefined],
      ['Claimed last', known && (known.sinceLastClaim
        ? [length(known.sinceLastClaim), ' ago, by this process'] : 'not yet, by this process')],
      ['Wake-ups', known?.isPolling ? badge('the channel is away: it polls', 'warning') : undefined],
      ['Clock jumped', known?.clockJump && [length(known.clockJump), ', ', length(known.sinceClockJump), ' ago']],
      ['Lost its data', known?.sinceDataLoss && [badge('data loss', 'bad'), ' ', length(known.sinceDataLoss), ' ago']],
    ]));
}

export function server() {
  const [servers, bus] = [h('div', { class: 'cards' }), h('div')];
  let last;
  return {
    title: 'Server',
    element: h('div', {}, heading('Server'), servers, section('The bus, as this process has it', bus)),
    async refresh() {
      const known = await get('server');
      const text = JSON.stringify(known);
      if (text === last) return;
      last = text;
      servers.replaceChildren(...known.servers.map(one => partition(known.partitions.find(other => other.index === one.partition), one)));
      bus.replaceChildren(facts([
        ['Prefix', known.prefix], ['Partitions', number(known.partitionCount)], ['Default group', known.defaultGroup],
        ['Consumer loop', known.loopState], ['It ended because', known.loopFailure && h('span', { class: 'error' }, known.loopFailure)],
        ['Stuck handlers', known.stuckHandlers ? badge(number(known.stuckHandlers), 'warning') : undefined],
        ['Triggers that could not be stored', known.undeclaredTriggers.join(', ')],
        ['Processed deliveries are kept', length(known.processedRetention)], ['Dead letters are kept', length(known.deadLetterRetention)],
        ['Most dead letters of a group', number(known.deadLetterLimit)], ['Largest payload', size(known.maxPayloadBytes)],
      ]));
    },
  };
}
