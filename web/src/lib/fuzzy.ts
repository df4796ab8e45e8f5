// Which of many names somebody means who types a part of one.

/** How well `typed` fits `text`: 0 not at all, higher is better. Letters must come in order. */
export function score(typed: string, text: string): number {
  const want = typed.toLowerCase().trim(), have = text.toLowerCase();
  if (want === "") return 1;
  const at = have.indexOf(want);
  if (at >= 0) return 1000 - at - have.length / 100 + (at === 0 || /[^a-z0-9]/.test(have[at - 1]!) ? 500 : 0);
  let position = -1, points = 0;
  for (const letter of want.replace(/\s+/g, "")) {
    const next = have.indexOf(letter, position + 1);
    if (next < 0) return 0;
    points += next === position + 1 ? 5 : /[^a-z0-9]/.test(have[next - 1] ?? " ") ? 4 : 1;
    position = next;
  }
  return points - have.length / 100;
}

/** The best matches first, at most `limit`. */
export function best<T>(typed: string, items: readonly T[], textOf: (item: T) => string, limit: number): T[] {
  return items
    .map((item, order) => ({ item, order, points: score(typed, textOf(item)) }))
    .filter((found) => found.points > 0)
    .sort((a, b) => b.points - a.points || a.order - b.order)
    .slice(0, limit)
    .map((found) => found.item);
}
