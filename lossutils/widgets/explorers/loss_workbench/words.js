/** What the workbench says: in one module, because words that stand together pack best. */
export { default as findings } from "../../../findings.json" with { type: "json" };
export { default as examples } from "./examples.json" with { type: "json" };
