// Times: relative, with the exact one on hover. They go on by themselves.
import { h } from './dom.js';

const Units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

function words(seconds) {
  const length = Math.abs(seconds);
  for (const [unit, size] of Units) {
    if (length >= size * (unit === 'second' ? 1 : 1.5) || unit === 'second') {
      const many = Math.round(length / size);
      return `${many} ${unit}${many === 1 ? '' : 's'}`;
    }
  }
}

function relative(at) {
  const seconds = (Date.parse(at) - Date.now()) / 1000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds < 0 ? `${words(seconds)} ago` : `in ${words(seconds)}`;
}

export const exact = at => new Date(at).toLocaleString(undefined, {
  year: 'numeric', month: 'short', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});

// The time of a day; at which day, what is beside it says.
export const clock = at => new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

export const time = at => at ? h('time', { datetime: at, title: exact(at) }, relative(at)) : undefined;

export const moment = at => at ? h('span', {}, exact(at), h('span', { class: 'quiet' }, ' · '), time(at)) : undefined;

// The seconds of '1.02:03:04.5', as .NET writes a length of time.
export function seconds(span) {
  const [, sign, days, hours, minutes, rest] = /^(-)?(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(span ?? '') ?? [];
  if (rest === undefined) return undefined;
  return (sign ? -1 : 1) * ((Number(days ?? 0) * 24 + Number(hours)) * 3600 + Number(minutes) * 60 + Number(rest));
}

export function length(span) {
  const value = seconds(span);
  if (value === undefined) return undefined;
  const size = Math.abs(value);
  const text = size === 0 ? '0' : size < 1 ? `${Math.round(size * 1000)} ms` : size < 10 ? `${size.toFixed(1)} s`
    : size < 120 ? `${Math.round(size)} s` : size < 7200 ? `${Math.round(size / 60)} min`
    : size < 172800 ? `${Math.round(size / 3600)} h` : `${Math.round(size / 86400)} d`;
  return h('span', { title: span }, value < 0 ? `−${text}` : text);
}

setInterval(() => {
  if (document.hidden) return;
  for (const one of document.querySelectorAll('time[datetime]')) {
    const text = relative(one.dateTime);
    if (one.textContent !== text) one.textContent = text;
  }
}, 1000);
