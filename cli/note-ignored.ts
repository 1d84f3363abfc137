/** Says which columns of a CSV are left out because their first cell is no number; silence would hide a broken sensor. */
export function noteIgnored(ignored: readonly string[]): void {
  if (ignored.length === 0) return;
  process.stderr.write(
    `longwave: note: columns not judged, their first cell is no number: ${ignored.join(', ').slice(0, 500)}\n`,
  );
}
