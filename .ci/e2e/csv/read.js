// Reads a JSON list of inputs on standard input, and prints what docker/build-push-action makes of each: getList of
// @docker/actions-toolkit with ignoreComma, after core.getInput, which trims. The argument names the package to read with.
import { readFileSync } from "node:fs";

const { parse } = await import(`${process.argv[2]}/sync`);

function getList(input) {
  if (input === "") {
    return [];
  }
  const records = parse(input, {
    columns: false,
    relaxQuotes: true,
    comment: undefined,
    comment_no_infix: undefined,
    relaxColumnCount: true,
    skipEmptyLines: true,
    quote: undefined,
  });
  return records.map((record) => record.join(",")).filter((item) => item).map((item) => item.trim());
}

const inputs = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(inputs.map((input) => getList(input.trim()))));
