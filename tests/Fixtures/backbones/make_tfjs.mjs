// Features, layer names and parameter counts of Keras Applications' networks, built in TensorFlow.js' Keras layers from
// Keras' public description (one file per architecture in keras/): writes <name>.json and <name>-layers.txt beside this.
//
//     mkdir /tmp/tfjs && cd /tmp/tfjs && npm init -y && npm install @tensorflow/tfjs@4.22.0
//     cd /tmp/tfjs && node <repository>/tests/Fixtures/backbones/make_tfjs.mjs [name ...]
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cases, here, make } from './tfjs.mjs';

const wanted = process.argv.slice(2);
const folder = path.join(here, 'keras');
for (const file of fs.readdirSync(folder).filter(file => file.endsWith('.mjs')).sort()) {
  const { networks } = await import(pathToFileURL(path.join(folder, file)));
  for (const [name, network] of Object.entries(networks)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      make(name, network.parameters, network.build, network.cases ?? cases());
    }
  }
}
