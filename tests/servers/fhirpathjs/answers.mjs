// Prints what fhirpath.js, with its model of FHIR R4, answers to each row of the table that is named.
import { readFileSync } from "node:fs";
import fhirpath from "fhirpath";
import r4 from "fhirpath/fhir-context/r4/index.js";

const { inputs, rows } = JSON.parse(readFileSync(process.argv[2], "utf8"));
// FHIR defines these; fhirpath.js leaves them to its caller.
const constants = { loinc: "http://loinc.org", sct: "http://snomed.info/sct" };
const named = (value) =>
  typeof value === "string" && value in inputs ? inputs[value] : value;

function answer({ expression, input, variables }) {
  const focus = structuredClone(named(input));
  const given = { ...constants, resource: focus };
  for (const [name, value] of Object.entries(variables ?? {}))
    given[name] = structuredClone(named(value));
  try {
    return fhirpath.evaluate(focus, expression, given, r4, { preciseMath: true, traceFn: () => {} });
  } catch {
    return "error";
  }
}

console.log(JSON.stringify(rows.map(answer)));
