// Runs the golden table in a browser over the built product as plain modules, shows the outcome and posts it to the server.

const shown = document.getElementById('result');
let result;
try {
  const { library } = await import('../built-library.mjs');
  const { checkTable } = await import('../check-table.mjs');
  const table = await (await fetch('/test/fixtures/golden/encodings.json')).json();
  result = checkTable(library, table);
  shown.textContent = `${result.engines.join(' and ')}: ${result.checks} digests, ${result.differences.length} differ`;
} catch (error) {
  result = { error: `${error.stack ?? error}` };
  shown.textContent = result.error;
}
await fetch('/result', { method: 'POST', body: JSON.stringify({ ...result, browser: navigator.userAgent }) });
