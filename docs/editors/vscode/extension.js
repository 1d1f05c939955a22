// Starts `lmstd-check lsp` for .lms files and for the YAML files that are standards, and gives the YAML extension the
// schema that `lmstd-check schema` prints, so that it is always that of the installed program.

const { execFile } = require("node:child_process");
const { languages, commands, extensions, window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

const SCHEMA = "lmstd";
const YAML_EXTENSION = "redhat.vscode-yaml";

let client;

function setting(name) {
  return workspace.getConfiguration("lmstd").get(name);
}

function selector() {
  const yaml = setting("yaml").map((pattern) => ({ language: "yaml", scheme: "file", pattern }));
  return [{ language: "lms" }, ...yaml];
}

async function start() {
  const command = setting("path");
  const run = { command, args: ["lsp", "--stdio"], transport: TransportKind.stdio };
  client = new LanguageClient("lmstd", "lmstd", { run, debug: run }, { documentSelector: selector() });
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(`lmstd: \`${command} lsp\` cannot be started: ${error.message ?? error}`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  // A client that never came up has nothing to stop.
  await running?.stop().catch(() => {});
}

function printed(args) {
  return new Promise((resolve, reject) => {
    execFile(setting("path"), args, { maxBuffer: 1 << 24 }, (error, out) => (error ? reject(error) : resolve(out)));
  });
}

function isStandard(uri) {
  const document = workspace.textDocuments.find((known) => known.uri.toString() === uri);
  const patterns = setting("yaml").map((pattern) => ({ pattern }));
  return document !== undefined && languages.match(patterns, document) > 0;
}

// Without the YAML extension there is nobody to give the schema to; the language server tells the faults all the same.
async function contributeSchema() {
  const yaml = extensions.getExtension(YAML_EXTENSION);
  if (!yaml) {
    return;
  }
  const api = await yaml.activate();
  const requestSchema = (uri) => (isStandard(uri) ? `${SCHEMA}://schema` : undefined);
  api.registerContributor(SCHEMA, requestSchema, () => printed(["schema"]));
}

async function activate(context) {
  context.subscriptions.push(
    commands.registerCommand("lmstd.restart", async () => {
      await stop();
      await start();
    }),
    workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration("lmstd")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
  await contributeSchema();
}

module.exports = { activate, deactivate: stop };
