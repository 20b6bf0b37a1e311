/** The bridge that runs Univention-style modules: Python sources of ours, handed over on standard input. */
import bridge from "./bridge.py" with { type: "text" };
import config_registry from "./config_registry.py" with { type: "text" };
import debug from "./debug.py" with { type: "text" };
import handlers from "./handlers.py" with { type: "text" };
import listener from "./listener.py" with { type: "text" };

/**
 * Takes its input away from the module that is run later, reads the sources, and goes on with the bridge. Isolated
 * (`-I`): neither the environment nor the current folder says what is imported.
 */
const loader =
  "import json, os; source = os.fdopen(os.dup(0), 'rb', 65536); files = json.loads(source.readline().decode()); " +
  "exec(compile(files['bridge'], '<reeve>/bridge.py', 'exec'), {'files': files, 'source': source, '__name__': 'reeve'})";

export function pythonCommand(name: string): string[] {
  return ["python3", "-I", "-B", "-c", loader, name];
}

export function pythonSources(): string {
  return JSON.stringify({ bridge, config_registry, debug, handlers, listener });
}
