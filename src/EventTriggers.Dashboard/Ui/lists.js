// A list that comes by pages: filters, a table, and a button for what follows.
import { get, Refused } from './api.js';
import { address, button, count, empty, h } from './dom.js';

export function field(name, title, query, options) {
  const control = options
    ? h('select', { name }, options.map(([value, text]) => h('option', { value, selected: (query[name] ?? '') === value }, text)))
    : h('input', { name, value: query[name] ?? '', autocomplete: 'off', spellcheck: 'false' });
  return h('label', {}, title, control);
}

// The filters of a page; a change of one leads to the page with it.
export function filters(page, fields, more = []) {
  const form = h('form', { class: 'filters', role: 'search' }, fields, h('button', { type: 'submit' }, 'Show'),
    more.length ? h('details', { open: more.some(label => label.querySelector('input,select').value) },
      h('summary', {}, 'More filters'), h('div', { class: 'filters' }, more)) : undefined);
  const go = () => { location.hash = address(page, Object.fromEntries(new FormData(form))); };
  form.addEventListener('submit', event => { event.preventDefault(); go(); });
  form.addEventListener('change', event => { if (event.target.tagName === 'SELECT') go(); });
  return form;
}

// Refreshing reads the first page again, and only while no other is shown: a long list must not jump.
export function pages(path, query, table, key, nothing) {
  let [rows, cursor, loaded, examined] = [[], undefined, 0, 0];
  const note = h('p', { class: 'quiet', role: 'status' });
  const more = button('Show more', () => load(false));
  const none = h('div');
  const element = h('div', {}, table.element, none, h('div', { class: 'buttons' }, more, note));
  more.hidden = true;

  async function load(isFirst) {
    more.disabled = true;
    try {
      const page = await get(path, { ...query, limit: 50, cursor: isFirst ? undefined : cursor });
      const before = isFirst ? [] : rows;
      const known = new Set(before.map(key));
      rows = [...before, ...page.rows.filter(row => !known.has(key(row)))];
      [cursor, loaded, examined] = [page.cursor, isFirst ? 1 : loaded + 1, (isFirst ? 0 : examined) + page.examined];
      show(page);
    } catch (problem) {
      // A cursor that is too old, for example; the rest of the page goes on.
      if (isFirst) throw problem;
      note.textContent = problem instanceof Refused ? `${problem.title}. ${problem.message}` : String(problem);
    } finally {
      more.disabled = false;
    }
  }

  function show(page) {
    table.update(rows);
    table.element.hidden = rows.length === 0;
    none.replaceChildren(...rows.length === 0 && !cursor ? [nothing] : rows.length === 0
      ? [empty('Nothing yet.', `${count(examined, 'entry was', 'entries were')} looked at, and none matches. There are more.`)] : []);
    more.hidden = !cursor;
    more.textContent = rows.length === 0 ? 'Look further' : 'Show more';
    note.textContent = [
      rows.length ? `${count(rows.length, 'row', 'rows')} shown${cursor ? '' : ', all there are'}` : '',
      examined > rows.length ? `${count(examined, 'entry', 'entries')} looked at` : '',
      page.isTruncated ? 'the list is longer than 10,000 entries; what is further back is not shown' : '',
      page.unreadPartitions.length ? `partition ${page.unreadPartitions.join(', ')} could not be read` : '',
      loaded > 1 ? 'this list does not refresh by itself while more than its first page is shown' : '',
    ].filter(Boolean).join(' · ');
  }

  // Reads all pages that are shown once more: something in them was changed.
  async function again() {
    const many = loaded;
    await load(true);
    for (let at = 1; at < many && cursor; at++) await load(false);
  }

  return { element, again, refresh: () => loaded <= 1 ? load(true) : undefined };
}
