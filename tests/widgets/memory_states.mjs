/** What the memory explorer computes: node memory_states.mjs QUESTIONS ANSWERS; QUESTIONS lists layers. */
import { readFileSync, writeFileSync } from "node:fs";
import { DTYPES, inBytes, memory, words } from "../../lossutils/widgets/js/figure/memory.js";

const { layers, sizes } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const answers = { dtypes: DTYPES, states: layers.map(memory), words: layers.map(words), texts: sizes.map(inBytes) };
writeFileSync(process.argv[3], JSON.stringify(answers));
