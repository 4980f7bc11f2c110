// A second opinion on keras-resnet50: the network in TensorFlow.js' Keras layers, its weights by an implementation of
// seeded.py's formula that shares nothing with it. Compares features with keras-resnet50.json, the order of model.layers
// with keras-resnet50-layers.txt, and the count of parameters. Exits with 1 if one of them differs.
//
//     mkdir /tmp/tfjs && cd /tmp/tfjs && npm init -y && npm install @tensorflow/tfjs@4.22.0
//     cd /tmp/tfjs && node <repository>/tests/Fixtures/backbones/check_keras_resnet50.mjs
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tf = createRequire(path.join(process.cwd(), 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');
const here = path.dirname(fileURLToPath(import.meta.url));
const read = name => fs.readFileSync(path.join(here, name), 'utf8');

const wrap = value => BigInt.asUintN(64, value);

function seeded(name, shape, value) {
  let seed = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name, 'utf8')) {
    seed = wrap((seed ^ BigInt(byte)) * 0x100000001b3n);
  }
  const values = new Float32Array(shape.reduce((a, b) => a * b));
  for (let i = 0; i < values.length; i++) {
    let z = seed = wrap(seed + 0x9e3779b97f4a7c15n);
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    values[i] = value(Number(z >> 40n) / 2 ** 24);
  }
  return tf.tensor(values, shape);
}

const kernel = (name, [height, width, inside, outside]) => tf.tidy(() =>
  seeded(name, [outside, inside, height, width], u => (u - 0.5) * (2 * Math.sqrt(3 / (inside * height * width))))
    .transpose([2, 3, 1, 0]));
const scale = (name, shape) => seeded(name, shape, u => 0.5 + u);
const offset = (name, shape) => seeded(name, shape, u => (u - 0.5) * 0.4);

function build() {
  const conv = (name, filters, kernelSize, strides, padding) =>
    tf.layers.conv2d({ name: name + '_conv', filters, kernelSize, strides, padding });
  const norm = name => tf.layers.batchNormalization({ name: name + '_bn', epsilon: 1.001e-5 });
  const relu = name => tf.layers.activation({ name, activation: 'relu' });
  const unit = (name, x, filters, size, strides) =>
    norm(name).apply(conv(name, filters, size, strides, size === 3 ? 'same' : 'valid').apply(x));

  const input = tf.input({ shape: [null, null, 3], name: 'input_1' });
  let x = tf.layers.zeroPadding2d({ name: 'conv1_pad', padding: 3 }).apply(input);
  x = relu('conv1_relu').apply(unit('conv1', x, 64, 7, 2));
  x = tf.layers.zeroPadding2d({ name: 'pool1_pad', padding: 1 }).apply(x);
  x = tf.layers.maxPooling2d({ name: 'pool1_pool', poolSize: 3, strides: 2 }).apply(x);
  for (const [stack, count, filters, stride] of [['conv2', 3, 64, 1], ['conv3', 4, 128, 2], ['conv4', 6, 256, 2],
    ['conv5', 3, 512, 2]]) {
    for (let block = 1; block <= count; block++) {
      const name = `${stack}_block${block}`, step = block === 1 ? stride : 1;
      const shortcut = block === 1 ? unit(name + '_0', x, 4 * filters, 1, step) : x;
      x = relu(name + '_1_relu').apply(unit(name + '_1', x, filters, 1, step));
      x = relu(name + '_2_relu').apply(unit(name + '_2', x, filters, 3, 1));
      x = unit(name + '_3', x, 4 * filters, 1, 1);
      x = tf.layers.add({ name: name + '_add' }).apply([shortcut, x]);
      x = relu(name + '_out').apply(x);
    }
  }
  const model = tf.model({ inputs: input, outputs: x });
  for (const { name, weights } of model.layers) {
    const shapes = weights.map(weight => weight.shape);
    if (name.endsWith('_conv')) {
      model.getLayer(name).setWeights([kernel(name + '.weight', shapes[0]), offset(name + '.bias', shapes[1])]);
    } else if (name.endsWith('_bn')) {
      model.getLayer(name).setWeights([scale(name + '.weight', shapes[0]), offset(name + '.bias', shapes[1]),
        offset(name + '.running_mean', shapes[2]), scale(name + '.running_var', shapes[3])]);
    }
  }
  return model;
}

let failed = false;
function report(good, text) {
  failed ||= !good;
  console.log((good ? 'same: ' : 'DIFFERENT: ') + text);
}

const model = build();
const names = model.layers.map(layer => layer.name);
report(names.join('\n') + '\n' === read('keras-resnet50-layers.txt'), `order of ${names.length} layers`);
report(model.countParams() === 23587712, `${model.countParams()} parameters`);

// The training phase last, as it moves the statistics.
for (const { phase, input, float32Error, features } of JSON.parse(read('keras-resnet50.json'))) {
  const x = seeded('input', input, u => (u - 0.5) * 4).transpose([0, 2, 3, 1]);
  const pooled = tf.tidy(() => model.apply(x, { training: phase === 'training' }).mean([1, 2])).dataSync();
  const bytes = Buffer.from(features, 'base64'); // of the first image
  const expected = Array.from(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - pooled[i])), 0) / largest;
  report(difference < Math.max(1e-5, 10 * float32Error), `${phase} of ${input}, within ${difference.toExponential(1)}`);
}
process.exit(failed ? 1 : 0);
