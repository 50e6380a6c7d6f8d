/** The findings of diagnose.js with the words of findings.json, for call.mjs. */
import { readFileSync } from "node:fs";
import { diagnose, evidenceText } from "../../lossutils/widgets/js/call/diagnose.js";

const words = new URL("../../lossutils/findings.json", import.meta.url);
const table = JSON.parse(readFileSync(words, "utf8"));

export const findings = (call) =>
  diagnose(call, table).map((finding) => ({ ...finding, shown: evidenceText(finding) }));
