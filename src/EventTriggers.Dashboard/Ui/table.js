// A table that keeps its rows when it is refreshed: only cells that have changed are replaced, so nothing jumps and focus stays.
import { h } from './dom.js';

// columns: { title, cell(row), kind }, where the kind names a width; key(row) tells rows apart.
export function table(caption, columns, key) {
  const rows = new Map();
  const body = h('tbody');
  const element = h('div', { class: 'table', role: 'region', 'aria-label': caption, tabindex: '0' },
    h('table', {},
      h('caption', { class: 'unseen' }, caption),
      h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col', class: column.kind },
        column.title || h('span', { class: 'unseen' }, 'What can be done'))))),
      body));

  const cells = row => columns.map(column =>
    h('td', { class: column.kind, 'data-title': column.title }, h('div', { class: 'cell' }, column.cell(row))));

  function update(list) {
    const kept = new Set();
    let before = body.firstElementChild;
    for (const row of list) {
      const id = key(row);
      if (kept.has(id)) continue;
      kept.add(id);
      const text = JSON.stringify(row);
      let known = rows.get(id);
      if (!known) {
        known = { element: h('tr', {}, cells(row)), text };
        rows.set(id, known);
      } else if (known.text !== text) {
        known.text = text;
        cells(row).forEach((cell, at) => {
          const old = known.element.children[at];
          if (!old.isEqualNode(cell)) old.replaceWith(cell);
        });
      }
      if (known.element === before) before = before.nextElementSibling;
      else body.insertBefore(known.element, before);
    }
    for (const [id, known] of rows) {
      if (!kept.has(id)) {
        known.element.remove();
        rows.delete(id);
      }
    }
  }

  return { element, update };
}
