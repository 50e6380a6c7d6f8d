/**
 * The book's search, section by section. The index is loaded when somebody starts to search; it is
 * a script, because a page opened from disk can load nothing else.
 */
"use strict";

const bookSearch = (() => {
  /** @typedef {{address: string, anchor: string, title: string, text: string, page: string,
   *    words: Map<string, number>, titleWords: Set<string>, pageWords: Set<string>, flow: string, titleFlow: string,
   *    also: string[][], worth: number}} Section */

  const root = new URL("../", /** @type {HTMLScriptElement} */ (document.currentScript).src);
  // 0.55 and 8,192 are one word, and so is label_smoothing.
  const WORD = /\p{N}+(?:[.,]\p{N}+)*|[\p{L}\p{N}_]+/gu;
  const COMMON = new Set(
    "a about after all always an and any are as at be been but by can did do does during every for from get gets getting give gives have how i if in into is it just many much my no not of on or should so some than that the then there this to too use used using vs was we were what when where which why will with would you your".split(
      " ",
    ),
  );
  // Words that stand in many a query and say little about where to look.
  const WEAK = new Set(
    "calculate compute computed difference epoch epochs error example explain explained first help implementation model models number problem python pytorch simple steps torch train trained training tutorial value values wrong".split(
      " ",
    ),
  );
  const LONG = new Map([
    ["bf16", "bfloat16"],
    ["fp16", "float16"],
    ["fp32", "float32"],
    ["fp64", "float64"],
    ["preds", "predictions"],
    ["probs", "probabilities"],
    ["val", "validation"],
  ]);
  const SHOWN = 40;
  // What only repeats, lists or defines comes after what explains, where both match alike.
  /** @type {Record<string, number>} */
  const WORTH = {
    "bibliography.html": 0.1,
    "#further-reading": 0.3,
    "questions.html": 0.5,
    "misreadings.html": 0.5,
    "common-errors.html#the-loss-": 0.8,
    "elsewhere.html": 0.7,
    "#exercises": 0.6,
    "#what-to-remember": 0.6,
    "index.html": 0.6,
    "diagnosis.html": 0.6,
    "explorers.html": 0.4,
    "glossary.html": 0.7,
    "which-loss.html": 0.7,
    "notation.html": 0.7,
    "reference.html": 0.4,
  };

  /** @type {Section[] | undefined} */
  let sections;
  /** In how many sections a word occurs. @type {Map<string, number>} */
  const spread = new Map();
  /** @type {(() => void)[]} */
  const waiting = [];

  /** @param {string} text */
  const fold = (text) => text.toLowerCase().replace(/[‘’]/g, "'").replace(/[−–]/g, "-");
  /** A word in small letters, and not abbreviated. @param {string} word */
  const plain = (word) => LONG.get(fold(word)) ?? fold(word);
  /** The parts of an identifier, in small letters: label_smoothing, BCEWithLogitsLoss.
   * @param {string} word */
  const partsOf = (word) =>
    word
      .replace(/(\p{Ll})(?=\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$&_")
      .split("_")
      .filter(Boolean)
      .map(plain);
  /** The words of a text; the parts of an identifier count as words too, and so does log-sum-exp
   * written as one. @param {string} text */
  const wordsOf = (text) => [
    ...(text.match(WORD) ?? []).flatMap((word) => {
      const parts = partsOf(word);
      return parts.length > 1 ? [plain(word), ...parts] : [plain(word)];
    }),
    ...[...fold(text).matchAll(/\p{L}+(?:-\p{L}+)+/gu)].map(([word]) => word.replaceAll("-", "")),
  ];
  /** A text's words in order, for looking up a run of them. The numbers in a message are the reader's
   * own. @param {string} text */
  const flowOf = (text) => (fold(text).match(WORD) ?? []).map((w) => (/^\d+$/.test(w) ? "#" : w));
  /** Smoothed, smoothing, smooths: one word to a reader. @param {string} word */
  const stem = (word) =>
    word.length > 4 && !/[\d_]/.test(word)
      ? word.replace(/(?:ies|y)$/, "i").replace(/(?:ing|ed|es|s|e)$/, "")
      : word;

  /** How well a word in the book matches one in the query, from 0 to 1.
   * @param {string} asked @param {string} word */
  const likeness = (asked, word) => {
    if (word === asked) return 1;
    if (/^\d+\.\d\d/.test(asked)) {
      // A number from somebody's log may have more digits than the book quotes, or fewer.
      if (!/^\d+\.\d\d/.test(word)) return 0;
      const digits = Math.min(...[asked, word].map((number) => number.split(".")[1].length));
      return Number(asked).toFixed(digits) === Number(word).toFixed(digits) ? 0.8 : 0;
    }
    if (stem(word) === stem(asked)) return 0.9;
    return asked.length > 2 && word.startsWith(asked) ? 0.5 : 0;
  };

  /** @param {[string, string, string, string, string[]][]} entries */
  const take = (entries) => {
    const pages = new Map();
    for (const [address, , title] of entries) if (!pages.has(address)) pages.set(address, title);
    sections = entries.map(([address, anchor, title, text, others]) => {
      const words = new Map();
      const also = others.map(wordsOf);
      for (const word of [...wordsOf(title), ...wordsOf(text), ...also.flat()])
        words.set(word, (words.get(word) ?? 0) + 1);
      for (const word of words.keys()) spread.set(word, (spread.get(word) ?? 0) + 1);
      const page = pages.get(address);
      return {
        address,
        anchor,
        title,
        text,
        page,
        words,
        titleWords: new Set(wordsOf(title)),
        pageWords: new Set(wordsOf(page)),
        flow: ` ${flowOf(`${title} ${text}`).join(" ")} `,
        // An identifier in a name counts by its parts, which are among its words.
        also: also.map((phrase) =>
          phrase.filter((word) => !COMMON.has(word) && partsOf(word).length < 2),
        ),
        titleFlow: ` ${flowOf(title).join(" ")} `,
        worth: Math.min(
          ...Object.entries(WORTH).map(([name, worth]) =>
            `${address}#${anchor}`.includes(name) ? worth : 1,
          ),
        ),
      };
    });
    for (const then of waiting.splice(0)) then();
  };

  /** Run `then` once the index is there. @param {() => void} then */
  const whenReady = (then) => {
    if (sections) return then();
    waiting.push(then);
    if (waiting.length > 1) return;
    const script = document.createElement("script");
    script.src = new URL("_static/search-sections.js", root).href;
    document.head.append(script);
  };

  /** The sections that match a query, best first, each with the words that matched.
   * @param {string} query @returns {{section: Section, found: Set<string>}[]} */
  const find = (query) => {
    const all = /** @type {Section[]} */ (sections);
    /** Each word as typed, and its parts. @type {Map<string, string[]>} */
    const written = new Map((query.match(WORD) ?? []).map((word) => [plain(word), partsOf(word)]));
    let asked = [...written.keys()];
    const telling = asked.filter((word) => !COMMON.has(word));
    if (telling.length > 0) asked = telling;
    // A search for label_smoothing should also find the chapter called Label smoothing.
    const parts = new Set(
      asked.flatMap((word) => written.get(word)?.filter((part) => !COMMON.has(part)) ?? [word]),
    );
    const answers = asked.map((word) => {
      /** @type {Map<string, number>} */
      const like = new Map();
      for (const other of spread.keys()) {
        const degree = likeness(word, other);
        // A word that occurs in the book is not taken for the beginning of a longer one.
        if (degree > (spread.has(word) ? 0.5 : 0)) like.set(other, degree);
      }
      const places = Math.max(
        0,
        ...[...like].map(([other, degree]) => (degree > 0.7 ? (spread.get(other) ?? 0) : 0)),
      );
      // A word that occurs nowhere says little about where to look.
      const rarity = like.size > 0 ? Math.log(1 + all.length / (1 + places)) : Math.log(2);
      const weight = WEAK.has(word) ? 0.3 * rarity : rarity;
      return { word, like, weight };
    });
    const total = answers.reduce((sum, { weight }) => sum + weight, 0);
    const mean = all.reduce((sum, { text }) => sum + text.length, 0) / all.length;
    /** How much of a title the query names. @param {Set<string>} title */
    const named = (title) => {
      const counted = [...title].filter((word) => !COMMON.has(word) && !/^[\d.]+$/.test(word));
      const hits = [...parts].filter((part) =>
        [...title].some((word) => likeness(part, word) > 0.7),
      ).length;
      return hits < parts.size || hits === 0 ? 0 : Math.min(1, hits / Math.max(1, counted.length));
    };
    // The longest run of the query's words that a section has in the same order, as in a message.
    const inOrder = flowOf(query);
    /** @param {string} flow */
    const run = (flow) => {
      for (let length = inOrder.length; length > 1; length--) {
        for (let start = 0; start + length <= inOrder.length; start++) {
          if (flow.includes(` ${inOrder.slice(start, start + length).join(" ")} `))
            return length / inOrder.length;
        }
      }
      return 0;
    };
    const found = [];
    for (const section of all) {
      let score = 0;
      let share = 0;
      const words = new Set();
      for (const { word: name, like, weight } of answers) {
        let often = 0;
        let best = 0;
        let inTitle = 0;
        for (const [word, degree] of like) {
          const count = section.words.get(word);
          if (count === undefined) continue;
          words.add(word);
          often += degree * count;
          best = Math.max(best, degree);
          if (section.titleWords.has(word)) inTitle = Math.max(inTitle, degree);
        }
        // An identifier also matches the phrase that it spells.
        const spelt = written.get(name) ?? [];
        const phrase = spelt.length > 1 ? ` ${spelt.join(" ")} ` : undefined;
        if (phrase && best < 0.9 && section.flow.includes(phrase)) {
          for (const part of spelt) words.add(part);
          best = 0.9;
          often += 1;
        }
        share += best > 0 ? weight : 0;
        score +=
          weight * (best * (often / (often + 0.5 + section.text.length / mean)) + 2 * inTitle);
      }
      // The reader's own error message has words in it that the book's has not.
      if (words.size === 0 || share < 0.4 * total) continue;
      // What people call it, if the query has all words of one such name.
      const called = section.also.map((phrase) => {
        const hits = answers.filter(
          ({ word, like }) =>
            [word, ...(written.get(word) ?? [])].some((part) => phrase.includes(part)) ||
            phrase.some((part) => (like.get(part) ?? 0) > 0.7),
        );
        const whole = phrase.every(
          (part) => parts.has(part) || hits.some(({ like }) => (like.get(part) ?? 0) > 0.7),
        );
        return whole ? hits.reduce((sum, { weight }) => sum + weight, 0) : 0;
      });
      const name = Math.max(0, ...called);
      score += 5 * name;
      score += 3 * total * named(section.titleWords) + total * named(section.pageWords);
      // If two sections share a name, a whole chapter comes before a section.
      if (section.title === section.page) score *= 1.2;
      // Words that a section lacks count less against it if it is called what is asked for.
      const lack = (share / total) ** (3 - 2 * Math.min(1, name / total));
      found.push({ section, found: words, score: score * section.worth * lack });
    }
    found.sort((one, other) => other.score - one.score);
    if (inOrder.length > 1) {
      for (const hit of found.slice(0, 3 * SHOWN))
        hit.score +=
          total *
          hit.section.worth *
          (inOrder.length > 3
            ? 3 * run(hit.section.flow) + 3 * run(hit.section.titleFlow)
            : run(hit.section.flow));
      found.sort((one, other) => other.score - one.score);
    }
    return found.slice(0, SHOWN);
  };

  /** Where a section is, from the site's root. @param {Section} section */
  const place = ({ address, anchor, title, page }) =>
    address + (title === page ? "" : `#${anchor}`);

  /** An excerpt around the words that matched, with these marked.
   * @param {Section} section @param {Set<string>} found */
  const excerpt = ({ text }, found) => {
    const places = [...text.matchAll(WORD)]
      .filter(([word]) => wordsOf(word).some((part) => found.has(part)))
      .map((match) => ({ start: match.index, end: match.index + match[0].length }));
    // Start where the next 160 characters hold most of them.
    const first = places.reduce(
      (best, { start }) => {
        const inside = places.filter((place) => place.start >= start && place.end <= start + 160);
        const kinds = new Set(inside.map((place) => stem(fold(text.slice(place.start, place.end)))))
          .size;
        return kinds > best.kinds ? { kinds, start } : best;
      },
      { kinds: 0, start: 0 },
    ).start;
    let from = Math.max(0, first - 60);
    if (from > 0) from = text.indexOf(" ", from) + 1;
    let to = Math.min(text.length, from + 220);
    if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from);
    const p = document.createElement("p");
    p.className = "context";
    p.append(from > 0 ? "… " : "");
    let done = from;
    for (const { start, end } of places) {
      if (start < done || end > to) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(start, end);
      p.append(text.slice(done, start), mark);
      done = end;
    }
    p.append(text.slice(done, to), to < text.length ? " …" : "");
    return p;
  };

  /** Show the results in `box`.
   * @param {string} query @param {HTMLElement} box @param {number} most */
  const show = (query, box, most) => {
    const hits = query.trim() ? find(query) : [];
    const status = document.createElement("p");
    status.className = "search-summary";
    status.setAttribute("role", "status");
    status.textContent = !query.trim()
      ? ""
      : hits.length === 0
        ? "No section matches."
        : hits.length > most
          ? `The ${most} best of ${hits.length === SHOWN ? `${SHOWN} or more` : hits.length} sections. Press Enter for more.`
          : `${hits.length === SHOWN ? `The ${SHOWN} best sections` : hits.length === 1 ? "1 section" : `${hits.length} sections`}${hits.length > 1 ? ", best first" : ""}.`;
    const list = document.createElement("ul");
    list.className = "search";
    for (const { section, found } of hits.slice(0, most)) {
      const item = list.appendChild(document.createElement("li"));
      const link = item.appendChild(document.createElement("a"));
      link.href = new URL(place(section), root).href;
      link.textContent = section.title;
      if (section.title !== section.page) {
        const page = item.appendChild(document.createElement("span"));
        page.className = "search-page";
        page.textContent = section.page;
      }
      item.append(excerpt(section, found));
    }
    box.replaceChildren(status, list);
  };

  /** The addresses of the sections that match a query, best first. @param {string} query */
  const addresses = (query) => find(query).map(({ section }) => place(section));

  const page = document.querySelector(".bd-search-container #search-results");
  for (const input of document.querySelectorAll('form.bd-search input[name="q"]')) {
    if (!(input instanceof HTMLInputElement)) continue;
    const dialog = input.closest("dialog");
    let box = page;
    if (dialog) {
      box = dialog.appendChild(document.createElement("div"));
      box.className = "search-hits";
      // A hit on the current page only scrolls, so the dialog must be closed.
      dialog.addEventListener("click", (event) => {
        if (event.target instanceof HTMLAnchorElement) dialog.close();
      });
    }
    if (!(box instanceof HTMLElement)) continue;
    const shown = box;
    const answer = () => whenReady(() => show(input.value, shown, dialog ? 8 : SHOWN));
    input.addEventListener("input", answer);
    if (!dialog) {
      input.value = new URLSearchParams(location.search).get("q") ?? "";
      if (input.value) answer();
    }
  }
  return { take, addresses };
})();
