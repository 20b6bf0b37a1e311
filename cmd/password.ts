/** Asks for a password: a file, a terminal without echo, or standard input. */
import { createInterface } from "node:readline";
import { readSecretFile } from "../src/config/load.ts";
import { Problem } from "../src/problem.ts";

const shortest = 8;

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return "";
}

function askTerminal(question: string): Promise<string> {
  process.stderr.write(question);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (problem?: Problem) => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off("data", read);
      process.stderr.write("\n");
      if (problem) reject(problem);
      else resolve(typed);
    };
    const read = (text: string) => {
      for (const character of text) {
        if (character === "\r" || character === "\n") return end();
        if (character === "\u0003") return end(new Problem("cancelled", "cancelled"));
        if (character === "\u007f" || character === "\b") typed = typed.slice(0, -1);
        else if (character >= " ") typed += character;
      }
    };
    stdin.on("data", read);
    stdin.resume();
  });
}

/** A password somebody is known by already. */
export async function readPassword(file: string | undefined, question = "Password: "): Promise<string> {
  if (file !== undefined) return readSecretFile(file, "--password-file");
  return process.stdin.isTTY ? askTerminal(question) : firstLine();
}

/** A new one: asked twice on a terminal. */
export async function readNewPassword(file: string | undefined): Promise<string> {
  const password = await readPassword(file, "New password: ");
  if (password.length < shortest) throw new Problem("bad-options", `a password has at least ${shortest} characters`);
  if (file === undefined && process.stdin.isTTY && (await askTerminal("Again: ")) !== password) {
    throw new Problem("bad-options", "the two passwords differ");
  }
  return password;
}
