// The ids that llama.cpp gives each text, special tokens read in the text: `node ids.mjs TEXTS OUT FILES…`, with
// node-llama-cpp 3.22.1 installed. What stands around a text is added as the model says.
import fs from "node:fs";
import path from "node:path";
import {getLlama} from "node-llama-cpp";

const [, , texts, out, ...files] = process.argv;
const llama = await getLlama({gpu: false, build: "never", progressLogs: false});
const all = JSON.parse(fs.readFileSync(texts, "utf8"));
const ids = {};
for (const file of files) {
    const model = await llama.loadModel({modelPath: file, vocabOnly: true, gpuLayers: 0});
    const {bos, eos, shouldPrependBosToken, shouldAppendEosToken} = model.tokens;
    const around = (middle) => [...(shouldPrependBosToken ? [bos] : []), ...middle, ...(shouldAppendEosToken ? [eos] : [])];
    ids[path.basename(file)] = all.map((text) => around(Array.from(model.tokenize(text, true))));
    await model.dispose();
}
fs.writeFileSync(out, "{\n" + Object.entries(ids).map(([file, ids]) => `${JSON.stringify(file)}: ${JSON.stringify(ids)}`).join(",\n") + "\n}\n");
process.exit(0);
