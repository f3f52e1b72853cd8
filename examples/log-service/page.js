const element = (id) => document.getElementById(id);
let cursor;

async function call(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

/** A cell that shows a text as it is, whatever it holds. */
function cell(text, className = '') {
  const td = document.createElement('td');
  td.textContent = text;
  td.className = className;
  return td;
}

async function show(from) {
  const [page, statistics] = await Promise.all([
    call(`logs?limit=20${from ? `&cursor=${encodeURIComponent(from)}` : ''}`),
    call('statistics'),
  ]);
  const rows = page.lines.map(({ at, level, text, stored }) => {
    const row = document.createElement('tr');
    row.append(cell(at), cell(level, level), cell(text), cell(stored ? 'database' : 'cache'));
    return row;
  });
  element('lines').replaceChildren(...rows);
  element('statistics').textContent = Object.entries(statistics)
    .map(([level, count]) => `${level}: ${count}`)
    .join(', ');
  cursor = page.cursor;
  element('older').disabled = cursor === undefined;
}

/** Says what went wrong, or that nothing did. */
async function report(work) {
  try {
    element('outcome').textContent = (await work()) ?? '';
  } catch (error) {
    element('outcome').textContent = error.message;
  }
}

element('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const { level, text, times } = Object.fromEntries(new FormData(event.target));
  const body = JSON.stringify(Array.from({ length: Number(times) }, () => ({ level, text })));
  report(async () => {
    const startedAt = performance.now();
    const { ids } = await call('logs', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const ms = Math.round(performance.now() - startedAt);
    await show();
    return `${ids.length} logged in ${ms} ms`;
  });
});
element('newest').addEventListener('click', () => report(() => show()));
element('older').addEventListener('click', () => report(() => show(cursor)));
report(() => show());
