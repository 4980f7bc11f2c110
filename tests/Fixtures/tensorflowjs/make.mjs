// Small TensorFlow.js layers models, each in a folder beside this script, and expected.json: the numbers that
// TensorFlow.js itself reads from them.
//
//     mkdir /tmp/tfjs && cd /tmp/tfjs && npm init -y && npm install @tensorflow/tfjs@4.22.0
//     cd /tmp/tfjs && node <repository>/tests/Fixtures/tensorflowjs/make.mjs
//
// The network is that of ../keras-h5/make.py, its numbers those of ../backbones/seeded.py under our names.
//
//     plain      as model.save() writes it from a browser: one shard with "./" before its name
//     old        three shards that cut tensors, the manifest sorted by name, no "format", the topology as Keras saves it
//     quantized  each tensor in another of the four storages; TensorFlow.js doesn't write these, so that this script does
//     trained    in a sequential model with a classifier, after one step of Adam, with the optimiser's tensors
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tf = createRequire(path.join(process.cwd(), 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');
const here = path.dirname(fileURLToPath(import.meta.url));
const wrap = value => BigInt.asUintN(64, value);

function seeded(name, count, value) {
  let state = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name, 'utf8')) {
    state = wrap((state ^ BigInt(byte)) * 0x100000001b3n);
  }
  return Array.from({ length: count }, () => {
    let z = state = wrap(state + 0x9e3779b97f4a7c15n);
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return value(Number((z ^ (z >> 31n)) >> 40n) / 2 ** 24);
  });
}

function build() {
  const input = tf.input({ shape: [8, 8, 3], name: 'input_1' });
  let x = tf.layers.conv2d({ name: 'conv1_conv', filters: 4, kernelSize: 3 }).apply(input);
  x = tf.layers.batchNormalization({ name: 'conv1_bn' }).apply(x);
  x = tf.layers.conv2d({ name: 'conv2_block1_1_conv', filters: 6, kernelSize: 1 }).apply(x);
  x = tf.layers.batchNormalization({ name: 'conv2_block1_1_bn' }).apply(x);
  const model = tf.model({ inputs: input, outputs: x, name: 'small' });
  const wide = u => 0.5 + u, narrow = u => (u - 0.5) * 0.4;
  for (const layer of model.layers) {
    if (layer.name.endsWith('_conv')) {
      const [height, width, inside, outside] = layer.kernel.shape;
      const bound = 2 * Math.sqrt(3 / (inside * height * width));
      const kernel = seeded(layer.name + '.weight', height * width * inside * outside, u => (u - 0.5) * bound);
      layer.setWeights([
        tf.tensor(kernel, [outside, inside, height, width]).transpose([2, 3, 1, 0]),
        tf.tensor(seeded(layer.name + '.bias', outside, narrow))]);
    } else if (layer.name.endsWith('_bn')) {
      const tensor = (role, value) => tf.tensor(seeded(`${layer.name}.${role}`, layer.getWeights()[0].size, value));
      layer.setWeights([tensor('weight', wide), tensor('bias', narrow), tensor('running_mean', narrow), tensor('running_var', wide)]);
    }
  }
  return model;
}

async function saved(model, options) {
  let artifacts;
  await model.save(tf.io.withSaveHandler(async given => { artifacts = given; return { modelArtifactsInfo: {} }; }), options);
  const bytes = Buffer.from(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  let end = 0;
  const tensors = artifacts.weightSpecs.map(spec => {
    const begin = end;
    end += 4 * spec.shape.reduce((a, b) => a * b, 1);
    return { spec, bytes: bytes.subarray(begin, end) };
  });
  return { topology: artifacts.modelTopology, tensors };
}

function half(value) {
  const exponent = value === 0 ? -14 : Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  return (value < 0 ? 0x8000 : 0) | (Math.round(Math.abs(value) * 2 ** (10 - exponent)) + (exponent + 14) * 1024);
}

function quantize({ spec, bytes }, dtype) {
  const values = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  if (dtype === 'float16') {
    return { spec: { ...spec, quantization: { dtype } }, bytes: Buffer.from(new Uint16Array(values.map(half)).buffer) };
  }
  const min = Math.min(...values), steps = dtype === 'uint8' ? 255 : 65535, scale = (Math.max(...values) - min) / steps;
  const whole = values.map(value => Math.round((value - min) / scale));
  return {
    spec: { ...spec, quantization: { dtype, min, scale } },
    bytes: Buffer.from((dtype === 'uint8' ? new Uint8Array(whole) : new Uint16Array(whole)).buffer),
  };
}

const expected = {};

async function write(name, { tensors, lengths, head, topology, prefix = '' }) {
  const folder = path.join(here, name);
  fs.mkdirSync(folder, { recursive: true });
  const bytes = Buffer.concat(tensors.map(tensor => tensor.bytes));
  const paths = [];
  let begin = 0;
  for (const length of lengths ?? [bytes.length]) {
    const shard = `group1-shard${paths.length + 1}of${lengths?.length ?? 1}.bin`;
    fs.writeFileSync(path.join(folder, shard), bytes.subarray(begin, begin += length));
    paths.push(prefix + shard);
  }
  const weightSpecs = tensors.map(tensor => tensor.spec);
  const manifest = [{ paths, weights: weightSpecs }];
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify({ ...head, modelTopology: topology, weightsManifest: manifest }) + '\n');

  const weightData = new Uint8Array(bytes).buffer;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology: topology, weightSpecs, weightData }));
  expected[name] = {};
  for (const layer of model.layers.flatMap(layer => layer.layers ?? [layer])) {
    for (const weight of layer.weights) {
      const value = weight.read();
      expected[name][weight.originalName] = { shape: value.shape, data: Array.from(value.dataSync(), shortest) };
    }
  }
}

function shortest(value) {
  for (let digits = 1; ; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) { return short; }
  }
}

const head = { format: 'layers-model', generatedBy: 'TensorFlow.js tfjs-layers v4.22.0', convertedBy: null };
const { topology, tensors } = await saved(build());
await write('plain', { head, topology, tensors, prefix: './' });

const sorted = tensors.toSorted((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
const total = sorted.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
await write('old', { head: {}, topology: { keras_version: '2.2.4', backend: 'tensorflow', model_config: topology }, tensors: sorted, lengths: [301, 301, total - 602] });

const storages = ['uint8', 'float16', 'uint16', null];
const mixed = tensors.map((tensor, i) => (storages[i % 4] ? quantize(tensor, storages[i % 4]) : tensor));
await write('quantized', { head, topology, tensors: mixed });

const whole = tf.sequential({ layers: [build(), tf.layers.flatten({ name: 'flatten' }), tf.layers.dense({ name: 'probs', units: 2, kernelInitializer: 'ones' })] });
whole.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
await whole.fit(tf.linspace(-1, 1, 2 * 192).reshape([2, 8, 8, 3]), tf.tensor([[0, 1], [1, 0]]), { epochs: 1, batchSize: 2, shuffle: false, verbose: 0 });
await write('trained', { head, ...(await saved(whole, { includeOptimizer: true })) });

const lines = Object.entries(expected).map(([name, tensors]) =>
  `"${name}": {\n${Object.entries(tensors).map(([key, tensor]) => `  "${key}": ${JSON.stringify(tensor)}`).join(',\n')}\n}`);
fs.writeFileSync(path.join(here, 'expected.json'), `{\n${lines.join(',\n')}\n}\n`);
