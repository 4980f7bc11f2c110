// Five training steps of the small network with Keras' BatchNorm, by TensorFlow.js: writes keras.json beside this
// script. Weights, batches and labels are those of ../freeze/freeze.json; kernels are transposed here, so that the
// results have the layout of that file (OIHW, out x in).
//
//     mkdir /tmp/tfjs && cd /tmp/tfjs && npm init -y && npm install @tensorflow/tfjs@4.22.0
//     cd /tmp/tfjs && node <repository>/tests/Fixtures/freeze-keras/make.mjs          (Node 20; the package is looked up in the
//                                                                              current folder, the pure JavaScript backend)
//     /usr/bin/python3 tests/Fixtures/freeze-keras/check.py                           (the same numbers by PyTorch in float64)
//
// Padding is explicit (zeroPadding2d, then valid), as 'same' with a stride of 2 would pad one side only. Adam is left
// out: even with equal epsilon, TensorFlow.js' is up to 6e-4 away from PyTorch's, and it is BatchNorm that is compared.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tf = createRequire(path.join(process.cwd(), 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');

const here = path.dirname(fileURLToPath(import.meta.url));
const given = JSON.parse(fs.readFileSync(path.join(here, '../freeze/freeze.json'), 'utf8'));
const momentum = 0.99, epsilon = 1e-3;

const toLast = entry => tf.tensor(entry.data, entry.shape).transpose([0, 2, 3, 1]);
const batches = given.batches.map(toLast);
const evaluation = toLast(given.evaluation);
const labels = given.labels.map(y => tf.oneHot(tf.tensor1d(y, 'int32'), 3).toFloat());

// Names as in freeze.json, and how a weight gets from there into a Keras layer.
const layout = {
  'conv1.weight': [2, 3, 1, 0], 'conv2.weight': [2, 3, 1, 0], 'logits.weight': [1, 0],
};
const layerWeights = {
  conv1: ['weight'], bn1: ['weight', 'bias', 'running_mean', 'running_var'],
  conv2: ['weight'], bn2: ['weight', 'bias', 'running_mean', 'running_var'],
  logits: ['weight', 'bias'],
};

function build() {
  const input = tf.input({ shape: [8, 8, 3] });
  const pad = () => tf.layers.zeroPadding2d({ padding: [1, 1] });
  const norm = name => tf.layers.batchNormalization({ name, momentum, epsilon });
  const relu = () => tf.layers.activation({ activation: 'relu' });
  const conv = (name, filters, strides) =>
    tf.layers.conv2d({ name, filters, kernelSize: 3, strides, padding: 'valid', useBias: false });

  let x = conv('conv1', 4, 1).apply(pad().apply(input));
  x = relu().apply(norm('bn1').apply(x));
  x = conv('conv2', 6, 2).apply(pad().apply(x));
  x = relu().apply(norm('bn2').apply(x));
  const backbone = tf.model({ inputs: input, outputs: x });

  const features = tf.input({ shape: [4, 4, 6] });
  const average = tf.layers.globalAveragePooling2d({}).apply(features);
  const head = tf.model({ inputs: features, outputs: tf.layers.dense({ name: 'logits', units: 3 }).apply(average) });

  for (const [name, parts] of Object.entries(layerWeights)) {
    layerOf({ backbone, head }, name).setWeights(parts.map(part => {
      const key = `${name}.${part}`, value = tf.tensor(given.initial[key].data, given.initial[key].shape);
      return layout[key] ? value.transpose(layout[key]) : value;
    }));
  }
  return { backbone, head };
}

function layerOf(network, name) {
  return (name === 'logits' ? network.head : network.backbone).getLayer(name);
}

// The shortest decimal number that is the same float32.
function short(value) {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) {
      return candidate;
    }
  }
  return Number(value.toPrecision(9));
}

const flat = tensor => Array.from(tensor.dataSync(), short);

function inverse(order) {
  return order.map((_, axis) => order.indexOf(axis));
}

function tensorsOf(network) {
  const result = {};
  for (const [name, parts] of Object.entries(layerWeights)) {
    layerOf(network, name).getWeights().forEach((value, i) => {
      const key = `${name}.${parts[i]}`;
      result[key] = flat(layout[key] ? value.transpose(inverse(layout[key])) : value);
    });
  }
  return result;
}

// trainable: the backbone's gamma, beta and kernels learn. call: the `training` its layers are called with.
const modes = {
  None: { trainable: true, call: true },
  Drifting: { trainable: false, call: true },
  Inference: { trainable: false, call: false },
  Statistics: { trainable: true, call: false },
};
const optimizers = [
  { optimizer: 'SGD', learningRate: 0.05, momentum: 0, make: () => tf.train.sgd(0.05) },
  { optimizer: 'SGD', learningRate: 0.05, momentum: 0.9, make: () => tf.train.momentum(0.05, 0.9) },
];

function run(modeName, { make, ...described }) {
  const mode = modes[modeName], network = build(), optimizer = make();
  network.backbone.trainable = mode.trainable;
  const learning = [...network.backbone.trainableWeights, ...network.head.trainableWeights].map(weight => weight.val);
  const losses = batches.map((x, step) => {
    const { value, grads } = tf.variableGrads(() => {
      const logits = network.head.apply(network.backbone.apply(x, { training: mode.call }), { training: true });
      return tf.losses.softmaxCrossEntropy(labels[step], logits);
    }, learning);
    optimizer.applyGradients(grads);
    return short(value.dataSync()[0]);
  });
  const final = tensorsOf(network);
  const inferenceLogits = flat(network.head.predict(network.backbone.predict(evaluation)));
  return { mode: modeName, ...described, nesterov: false, weightDecay: 0, losses, final, inferenceLogits };
}

const cases = Object.keys(modes).flatMap(mode => optimizers.map(optimizer => run(mode, optimizer)));

const lines = object => '{\n' + Object.entries(object)
  .map(([key, value]) => `   ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n') + '\n  }';
const network = {
  kerasMomentum: momentum, epsilon, varianceEstimator: 'Biased',
  inputs: 'initial, batches, labels and evaluation of ../freeze/freeze.json', tensorflowjs: tf.version.tfjs,
};
fs.writeFileSync(path.join(here, 'keras.json'),
  `{\n "network": ${JSON.stringify(network)},\n "cases": [\n  ${cases.map(lines).join(',\n  ')}\n ]\n}\n`);
