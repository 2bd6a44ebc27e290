// Says a cron expression in words, where that is short; otherwise nothing.
const Months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const Days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const list = words => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
const ordinal = value => `${value}${(Math.floor(value / 10) !== 1 && ['', 'st', 'nd', 'rd'][value % 10]) || 'th'}`;
const two = value => String(value).padStart(2, '0');

// Which number a part of a field is: 5, or a name such as MON or JAN.
function value(text, names) {
  if (/^\d+$/.test(text)) return Number(text);
  const at = names?.findIndex(name => name.slice(0, 3).toUpperCase() === text.toUpperCase());
  return at >= 0 ? at : undefined;
}

// A field: 'all', every: n, or a list of numbers and ranges. Undefined for L, W, # and the like.
function field(text, names, first) {
  if (text === '*' || text === '?') return { all: true };
  const step = /^(?:\*|0)\/(\d+)$/.exec(text);
  if (step) return Number(step[1]) === 1 ? { all: true } : { every: Number(step[1]) };
  const items = text.split(',').map(part => part.split('-').map(one => value(one, names)));
  if (items.some(item => item.length > 2 || item.includes(undefined))) return undefined;
  const say = number => names ? names[number - first] : String(number);
  return { items, words: list(items.map(item => item.map(say).join(' to '))), single: items.length === 1 && items[0].length === 1 };
}

function times(second, minute, hour) {
  const numbers = one => one.items?.every(item => item.length === 1) ? one.items.map(([number]) => number) : undefined;
  const [at, hours, seconds] = [numbers(minute), numbers(hour), numbers(second)];
  if (at && hours && seconds && at.length * hours.length * seconds.length <= 6) {
    return `at ${list(hours.flatMap(h => at.flatMap(m => seconds.map(s => `${two(h)}:${two(m)}${s ? `:${two(s)}` : ''}`))))}`;
  }
  const parts = [];
  if (second.every) parts.push(`every ${second.every} seconds`);
  else if (second.all) parts.push('every second');
  else if (second.words !== '0') parts.push(`at second ${second.words}`);
  if (minute.every) parts.push(`every ${minute.every} minutes`);
  else if (!minute.all) parts.push(`at minute ${minute.words}`);
  else if (!parts.length || second.words) parts.push('every minute');
  if (hour.every) parts.push(`${minute.all || minute.every ? 'in' : 'of'} every ${ordinal(hour.every)} hour`);
  else if (!hour.all) parts.push(`in the hours ${hour.words}`.replace('hours', hour.single ? 'hour' : 'hours'));
  else if (!minute.all && !minute.every) parts.push('of every hour');
  return parts.join(', ').replace(', of', ' of');
}

export function inWords(cron) {
  const fields = (cron ?? '').trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return undefined;
  const [second, minute, hour, day, month, weekday] = fields.length === 6 ? fields : ['0', ...fields];
  const parsed = [field(second), field(minute), field(hour), field(day), field(month, Months, 1), field(weekday, Days, 0)];
  // Names of months count from 1.
  if (/[a-z]/i.test(month) || parsed.includes(undefined)) return undefined;
  const [s, m, h, d, mo, w] = parsed;
  const days = [];
  if (w.words) days.push(w.words === 'Monday to Friday' ? 'on weekdays' : `on ${w.words}`);
  if (d.words) days.push(`on day ${d.words} of the month`);
  else if (d.every) days.push(`on every ${ordinal(d.every)} day of the month`);
  if (mo.words) days.push(`in ${mo.words}`);
  else if (mo.every) days.push(`in every ${mo.every} months`);
  if (w.every) return undefined;
  const clock = times(s, m, h);
  const text = !days.length && clock.startsWith('at ') && !clock.includes('minute') && !clock.includes('second')
    ? `every day ${clock}` : [clock, ...days].join(' ');
  return text[0].toUpperCase() + text.slice(1);
}
