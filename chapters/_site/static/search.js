/**
 * The book's search, section by section. The index is loaded when somebody starts to search; it is
 * a script, because a page opened from disk can load nothing else.
 */
"use strict";

const bookSearch = (() => {
  /** @typedef {{address: string, anchor: string, title: string, text: string, page: string,
   *    words: Map<string, number>, titleWords: Set<string>, flow: string, titleFlow: string,
   *    names: Set<string>[], worth: number}} Section */

  const root = new URL("../", /** @type {HTMLScriptElement} */ (document.currentScript).src);
  // 0.55 and 8,192 are one word, and so is label_smoothing.
  const WORD = /\p{N}+(?:[.,]\p{N}+)*|[\p{L}\p{N}_]+/gu;
  const COMMON = new Set(
    "a about after all always am an and any are aren as at be been but by can couldn did didn do does doesn don during every for from get gets getting give gives have how i if in into is isn it just ll m many me much my no not of on or please re really s should so some such t than that the then there this to too use used using ve very vs was wasn we were what when where which why will with won would wouldn you your".split(
      " ",
    ),
  );
  // Words that stand in many a query and say little about where to look.
  const WEAK = new Set(
    "bug calculate calculating calculation compute computed difference epoch epochs error example explain explained first function functional help implementation issue model models nn number problem python pytorch question simple steps strange torch train trained training tutorial value values weird wrong".split(
      " ",
    ),
  );
  // One thing to somebody who searches.
  const ALIKE = new Map(
    [
      "bf16 bfloat16",
      "fp16 float16 half",
      "fp32 float32",
      "fp64 float64 double",
      "predictions preds",
      "probabilities probs proba",
      "validation val",
      "accuracy acc",
      "falls decreases drops",
      "rises increases grows",
      "stuck plateau constant flat",
      "large larger huge big bigger high higher greater more",
      "small smaller low lower less lesser tiny",
      "imbalanced unbalanced imbalance",
      "picture image img",
      "different differ mismatch",
      "formula definition equation",
      "infinite inf infinity",
      "zero 0",
      "gpu cuda",
      "compute calculate calculation",
      "dimension dim axis",
      "sklearn scikit",
      "tensorflow keras tf",
      "converges convergent convergence",
      "choose choice select",
      "wrong incorrect",
      "optimiser optimizer",
      "parameters params",
    ].flatMap((ring) => ring.split(" ").map((word) => [stem(word), ring])),
  );
  /** What a word is short for, and what crossentropyloss and the like are made of.
   * @type {Map<string, string[]>} */
  const SPELT = new Map(
    Object.entries({
      amp: "mixed precision",
      bce: "binary cross entropy",
      ce: "cross entropy",
      kld: "kl divergence",
      ddp: "distributed data parallel",
      ece: "expected calibration error",
      llm: "language model",
      mle: "maximum likelihood",
      nll: "negative log likelihood",
      oom: "out of memory",
    }).map(([short, long]) => [short, long.split(" ")]),
  );
  const SHOWN = 40;
  // What only repeats, lists or defines comes after what explains, where both match alike.
  /** @type {Record<string, number>} */
  const WORTH = {
    "bibliography.html": 0.4,
    "#further-reading": 0.6,
    "questions.html": 0.75,
    "misreadings.html": 0.75,
    "common-errors.html#the-loss-": 0.9,
    "elsewhere.html": 0.85,
    "#exercises": 0.8,
    "#what-to-remember": 0.8,
    "index.html": 0.8,
    "diagnosis.html": 0.8,
    "explorers.html": 0.7,
    "glossary.html": 0.85,
    "which-loss.html": 0.75,
    "notation.html": 0.85,
    "reference.html": 0.7,
  };

  /** @type {Section[] | undefined} */
  let sections;
  /** In how many sections a word occurs. @type {Map<string, number>} */
  const spread = new Map();
  /** The words that have the same stem. @type {Map<string, string[]>} */
  const family = new Map();
  /** The words of titles, and of what people call things: what is looked for. @type {Set<string>} */
  const told = new Set();
  /** @type {(() => void)[]} */
  const waiting = [];

  /** @param {string} text */
  const fold = (text) => text.toLowerCase().replace(/[‘’]/g, "'").replace(/[−–]/g, "-");
  /** The parts of an identifier, in small letters: label_smoothing, BCEWithLogitsLoss.
   * @param {string} word */
  const partsOf = (word) =>
    (/[\p{Lu}_]/u.test(word)
      ? word.replace(/(\p{Ll})(?=\p{Lu}\p{L})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$&_").split("_")
      : [word]
    )
      .filter(Boolean)
      .flatMap((part) => SPELT.get(fold(part)) ?? [fold(part)]);
  /** The words of a text; the parts of an identifier count as words too, and so does log-sum-exp
   * written as one. @param {string} text */
  const wordsOf = (text) => [
    ...(text.match(WORD) ?? []).flatMap((word) => {
      const parts = partsOf(word);
      return parts.length > 1 ? [fold(word), ...parts] : [fold(word)];
    }),
    ...[...fold(text).matchAll(/\p{L}+(?:-\p{L}+)+/gu)].map(([word]) => word.replaceAll("-", "")),
  ];
  /** A text's words in order, for looking up a run of them. The numbers in a message are the reader's
   * own. @param {string} text */
  const flowOf = (text) => (fold(text).match(WORD) ?? []).map((w) => (/^\d+$/.test(w) ? "#" : w));
  /** Smoothed, smoothing, smooths: one word to a reader. @param {string} word */
  function stem(word) {
    return word.length > 4 && !/[\d_]/.test(word)
      ? word
          .replace(/(?:ies|y)$/, "i")
          .replace(/(?:ations?|ing|ed|es|(?<!s)s|e)$/, "")
          .replace(/([bdfgmnprt])\1$/, "$1")
          .replace(/is$/, "iz")
          .replace(/at$/, "")
      : word;
  }

  /** Whether a word is another one with a slip: a letter more, less or changed, or two exchanged.
   * @param {string} typed @param {string} word */
  const slip = (typed, word) => {
    if (Math.abs(typed.length - word.length) > 1) return false;
    let start = 0;
    while (start < word.length && typed[start] === word[start]) start++;
    const [one, other] = [typed.slice(start), word.slice(start)];
    return (
      one.slice(1) === other ||
      one === other.slice(1) ||
      one.slice(1) === other.slice(1) ||
      (one.slice(2) === other.slice(2) && one[0] === other[1] && one[1] === other[0])
    );
  };

  /** The book's words that match one in the query, each with how well it does, from 0 to 1.
   * @param {string} asked @param {boolean} unfinished It may be the beginning of another word.
   * @returns {Map<string, number>} */
  const likes = (asked, unfinished) => {
    const like = new Map();
    const number = /^\d+\.\d\d/;
    if (number.test(asked)) {
      // A number from somebody's log may have more digits than the book quotes, or fewer.
      for (const word of spread.keys()) {
        if (!number.test(word)) continue;
        const digits = Math.min(...[asked, word].map((each) => each.split(".")[1].length));
        if (Number(asked).toFixed(digits) === Number(word).toFixed(digits)) like.set(word, 0.8);
      }
    }
    const root = stem(asked);
    for (const other of (ALIKE.get(root) ?? "").split(" "))
      for (const word of family.get(stem(other)) ?? []) like.set(word, 0.8);
    for (const word of family.get(root) ?? []) like.set(word, 0.9);
    if (spread.has(asked)) like.set(asked, 1);
    if ((like.size === 0 || unfinished) && asked.length > 2)
      for (const word of spread.keys())
        if (word.startsWith(asked) && !like.has(word)) like.set(word, 0.5);
    if (like.size === 0 && asked.length > 3)
      for (const word of spread.keys()) if (slip(asked, word)) like.set(word, 0.75);
    return like;
  };

  /** @param {[string, string, string, string, string[]][]} entries */
  const take = (entries) => {
    const pages = new Map();
    const said = entries.map(([, , ...texts]) => texts.join(" ")).join(" ");
    for (const word of new Set(said.match(/\p{L}+(?:[-_]\p{L}+)+|\p{L}+\p{Lu}\p{L}+/gu))) {
      const parts = word.split("-").flatMap(partsOf);
      const joined = fold(word).replace(/[-_]/g, "");
      if (joined.length > 4 && !/Py/.test(word)) SPELT.set(joined, parts);
    }
    for (const [address, , title] of entries) if (!pages.has(address)) pages.set(address, title);
    sections = entries.map(([address, anchor, title, text, others]) => {
      const words = new Map();
      const also = others.map(wordsOf);
      const titleWords = wordsOf(title);
      for (const word of [...titleWords, ...also.flat()]) told.add(stem(word));
      for (const word of [...titleWords, ...wordsOf(text), ...also.flat()])
        words.set(word, (words.get(word) ?? 0) + 1);
      for (const word of words.keys()) spread.set(word, (spread.get(word) ?? 0) + 1);
      return {
        address,
        anchor,
        title,
        text,
        page: pages.get(address),
        words,
        titleWords: new Set(titleWords),
        flow: ` ${flowOf(`${title} ${text}`).join(" ")} `,
        // An identifier in a name counts by its parts, which are among its words.
        names: also.map(
          (name) => new Set(name.filter((word) => !COMMON.has(word) && partsOf(word).length < 2)),
        ),
        titleFlow: ` ${flowOf(title).join(" ")} `,
        worth: Math.min(
          ...Object.entries(WORTH).map(([name, worth]) =>
            `${address}#${anchor}`.includes(name) ? worth : 1,
          ),
        ),
      };
    });
    for (const word of spread.keys()) {
      const root = stem(word);
      family.set(root, [...(family.get(root) ?? []), word]);
    }
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
    const written = new Map((query.match(WORD) ?? []).map((word) => [fold(word), partsOf(word)]));
    let asked = [...written.keys()];
    const telling = asked.filter((word) => !COMMON.has(word));
    if (telling.length > 0) asked = telling;
    // A search for label_smoothing should also find the chapter called Label smoothing.
    const parts = new Set(
      asked.flatMap((word) => written.get(word)?.filter((part) => !COMMON.has(part)) ?? [word]),
    );
    /** How much a word says about where to look. @param {string} word @param {number} places */
    const weigh = (word, places = spread.get(word) ?? 0) =>
      Math.log(1 + all.length / (1 + places)) *
      (WEAK.has(word) ? 0.3 : told.has(stem(word)) ? 1 : 0.4);
    // The word that is being typed.
    const last = /[\p{L}_]$/u.test(query) ? [...written.keys()].at(-1) : undefined;
    const answers = asked.map((word) => {
      const like = likes(word, word === last);
      const places = [...like].map(([other, degree]) =>
        degree > 0.7 ? (spread.get(other) ?? 0) : 0,
      );
      // A word that occurs nowhere says little.
      return { word, like, weight: weigh(word, like.size > 0 ? Math.max(...places) : all.length) };
    });
    const total = answers.reduce((sum, { weight }) => sum + weight, 0);
    const mean = all.reduce((sum, { text }) => sum + text.length, 0) / all.length;
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
    const pieces = [...parts].map((part) => ({
      like: likes(part, part === last),
      weight: weigh(part),
    }));
    const whole = pieces.reduce((sum, { weight }) => sum + weight, 0);
    /** How much of the query a name says, less if it says other things too. @param {Set<string>} name */
    const nearness = (name) => {
      const met = new Set();
      let said = 0;
      for (const { like, weight } of pieces) {
        let best = 0;
        for (const word of name) {
          const degree = like.get(word) ?? 0;
          if (degree > 0) met.add(word);
          best = Math.max(best, degree);
        }
        said += weight * best;
      }
      if (met.size === 0) return 0;
      let weight = 0;
      let common = 0;
      for (const word of name) {
        weight += weigh(word);
        if (met.has(word)) common += weigh(word);
      }
      return (said / whole) * (common / weight) ** 3;
    };
    const asTitle = ` ${inOrder.join(" ")} `;
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
      const name = Math.max(section.titleFlow === asTitle ? 1 : 0, ...section.names.map(nearness));
      // The reader's own error message has words in it that the book's has not.
      if (name < 0.3 && (words.size === 0 || share < 0.4 * total)) continue;
      score += 16 * total * name;
      // If two sections share a name, a whole chapter comes before a section.
      if (section.title === section.page) score *= 1.1;
      // Words that a section lacks count less against it if it is called what is asked for.
      const lack = Math.max(share / total, name) ** (2 - 2 * name);
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
