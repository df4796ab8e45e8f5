// Line differences of two texts (schema versions, statements).

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  left?: number;
  right?: number;
}

const kTableCellsMax = 4_000_000;

/** The shortest edit of `before` into `after` by lines (longest common subsequence). */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split("\n"), b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const lines: DiffLine[] = [];
  const same = (i: number, j: number) => lines.push({ kind: "same", text: a[i]!, left: i + 1, right: j + 1 });
  for (let i = 0; i < head; i++) same(i, i);
  middle(a, b, head, a.length - tail, b.length - tail, lines);
  for (let k = tail; k > 0; k--) same(a.length - k, b.length - k);
  return lines;
}

function middle(a: string[], b: string[], start: number, aEnd: number, bEnd: number, lines: DiffLine[]): void {
  const rows = aEnd - start, columns = bEnd - start;
  const removed = (i: number) => lines.push({ kind: "removed", text: a[i]!, left: i + 1 });
  const added = (j: number) => lines.push({ kind: "added", text: b[j]!, right: j + 1 });
  if (rows * columns > kTableCellsMax) {
    for (let i = start; i < aEnd; i++) removed(i);
    for (let j = start; j < bEnd; j++) added(j);
    return;
  }
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      length[i * width + j] = a[start + i] === b[start + j]
        ? length[(i + 1) * width + j + 1]! + 1
        : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  let i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && a[start + i] === b[start + j]) {
      lines.push({ kind: "same", text: a[start + i]!, left: start + i + 1, right: start + j + 1 });
      i++;
      j++;
    } else if (i < rows && (j === columns || length[(i + 1) * width + j]! >= length[i * width + j + 1]!)) {
      removed(start + i++);
    } else {
      added(start + j++);
    }
  }
}
