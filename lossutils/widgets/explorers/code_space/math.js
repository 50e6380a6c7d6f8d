/** Words of given lengths, given out from the left of code space. */

/**
 * The words in the order of their letters, each with its place: the shortest come first, so that each
 * begins at a multiple of its own share and ends at 1 at most or begins there at least. A word that does
 * not fit is empty.
 * @param {number[]} lengths
 */
export function place(lengths) {
  const order = lengths.map((length, k) => ({ k, length })).sort((a, b) => a.length - b.length);
  let from = 0;
  const words = order.map(({ k, length }) => {
    const share = 2 ** -length;
    const word = from < 1 ? (from / share).toString(2).padStart(length, "0") : "";
    from += share;
    return { k, length, from: from - share, share, word };
  });
  return words.sort((a, b) => a.k - b.k);
}
