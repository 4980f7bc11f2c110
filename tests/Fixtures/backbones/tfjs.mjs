// What the Keras networks of make_tfjs.mjs share: TensorFlow.js with numbers of 64 bits, weights by seeded.py's formula
// under this project's tensor names, and the fixture's format.
//
// TensorFlow.js has float32 only. Its backend in plain JavaScript computes in JavaScript's float64, though, and rounds
// where it stores into a Float32Array: with that name standing for Float64Array before it is loaded, nothing is rounded.
// DOUBLE=0 in the environment leaves it as it is; make() measures the difference.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const Single = Float32Array;
if (process.env.DOUBLE !== '0') {
  globalThis.Float32Array = Float64Array;
}
export const tf = createRequire(path.join(process.cwd(), 'package.json'))('@tensorflow/tfjs');
await tf.setBackend('cpu');
tf.env().platform.isTypedArray = array => ArrayBuffer.isView(array) && !(array instanceof DataView);

export const here = path.dirname(fileURLToPath(import.meta.url));

// 64-bit numbers as two halves: BigInt takes minutes for 60 million weights.
function multiply(high, low, byHigh, byLow) {
  const a = low >>> 16, b = low & 0xffff, c = byLow >>> 16, d = byLow & 0xffff;
  const bd = b * d, middle = a * d + (bd >>> 16), more = b * c + (middle & 0xffff);
  const carried = a * c + Math.floor(middle / 65536) + Math.floor(more / 65536);
  return [(carried + Math.imul(high, byLow) + Math.imul(low, byHigh)) | 0, ((more & 0xffff) << 16) | (bd & 0xffff)];
}

function add(high, low, addedHigh, addedLow) {
  const sum = (low >>> 0) + (addedLow >>> 0);
  return [(high + addedHigh + (sum > 0xffffffff ? 1 : 0)) | 0, sum | 0];
}

const shifted = (high, low, by) => [high ^ (high >>> by), low ^ ((low >>> by) | (high << (32 - by)))];

const known = new Map();

/** The values of seeded.py for a tensor of our name and order (OIHW), as a plain tensor of that shape. */
export function seeded(name, shape, gain = 1) {
  const key = `${name} ${shape} ${gain}`;
  if (!known.has(key)) {
    known.set(key, formula(name, shape, gain));
  }
  return tf.tensor(known.get(key), shape);
}

function formula(name, shape, gain) {
  let high = 0xcbf29ce4, low = 0x84222325;
  for (const byte of Buffer.from(name, 'utf8')) {
    [high, low] = multiply(high, low ^ byte, 0x100, 0x1b3);
  }
  const width = gain * (2 * Math.sqrt(3 / (shape[1] * shape[2] * shape[3])));
  const value = name === 'input' ? u => (u - 0.5) * 4
    : name === 'pixels' ? u => u * 255
    : shape.length === 4 ? u => (u - 0.5) * width
    : /\.(running_var|variance|weight)$/.test(name) ? u => 0.5 + u
    : u => (u - 0.5) * 0.4;
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) {
    [high, low] = add(high, low, 0x9e3779b9, 0x7f4a7c15);
    let z = multiply(...shifted(high, low, 30), 0xbf58476d, 0x1ce4e5b9);
    z = multiply(...shifted(...z, 27), 0x94d049bb, 0x133111eb);
    values[i] = Math.fround(value((shifted(...z, 31)[0] >>> 8) / 2 ** 24));
  }
  return values;
}

const hwio = kernel => kernel.transpose([2, 3, 1, 0]);
const hwc1 = kernel => kernel.transpose([2, 3, 0, 1]);

// By class and in the order of getWeights(); shapes are TensorFlow.js', ours in the call.
const makers = {
  kernel: (name, [height, width, inside, outside], part, gain) =>
    hwio(seeded(name + '.weight', [outside, inside, height, width], gain)),
  bias: (name, shape) => seeded(name + '.bias', shape),
  depthwise_kernel: (name, [height, width, channels], part, gain) =>
    hwc1(seeded(`${name}.${part}`, [channels, 1, height, width], gain)),
  pointwise_kernel: (name, [, , inside, outside], part, gain) =>
    hwio(seeded(name + '.pointwise', [outside, inside, 1, 1], gain)),
  gamma: (name, shape) => seeded(name + '.weight', shape),
  beta: (name, shape) => seeded(name + '.bias', shape),
  moving_mean: (name, shape) => seeded(name + '.running_mean', shape),
  moving_variance: (name, shape) => seeded(name + '.running_var', shape),
  mean: (name, shape) => seeded(name + '.mean', shape),
  variance: (name, shape) => seeded(name + '.variance', shape),
  count: (name, shape) => seeded(name + '.count', shape),
};

/** Gives every layer of a model the weights of the formula. */
export function fill(model, gain) {
  for (const layer of model.layers.filter(layer => layer.weights.length > 0)) {
    tf.tidy(() => layer.setWeights(layer.weights.map(({ originalName, shape }) => {
      const role = originalName.split('/').at(-1);
      const separable = layer.getClassName() === 'SeparableConv2D';
      return makers[role](layer.name, shape, separable ? 'depthwise' : 'weight', gain);
    })));
  }
}

function features(build, { phase, input, gain }) {
  const model = build(input[2]);
  fill(model, gain); // a training pass moves the statistics
  const rescales = model.layers.some(layer => layer.name === 'rescaling');
  const x = seeded(rescales ? 'pixels' : 'input', input).transpose([0, 2, 3, 1]);
  const pooled = tf.tidy(() => model.apply(x, { training: phase === 'training' }).mean([1, 2]).dataSync());
  tf.disposeVariables();
  x.dispose();
  return Array.from(pooled);
}

const base64 = values => Buffer.from(Single.from(values).buffer).toString('base64');

const relative = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)
  / b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Writes NAME.json, the features of each case's first image, and NAME-layers.txt, the names in model.layers' order.
 * build(size) makes a model of square images. Throws where the count of parameters isn't the published one.
 */
export function make(name, parameters, build, cases) {
  if (process.env.DOUBLE === '0') {
    const single = cases.map(one => features(build, one));
    process.stdout.write(JSON.stringify(single));
    return;
  }
  const model = build(cases[0].input[2]);
  if (model.countParams() !== parameters) {
    throw new Error(`${name}: ${model.countParams()} parameters, but ${parameters} were published`);
  }
  const names = model.layers.map(layer => layer.name);
  fs.writeFileSync(path.join(here, name + '-layers.txt'), names.join('\n') + '\n');
  tf.disposeVariables();
  const single = JSON.parse(execFileSync(process.execPath, [process.argv[1], name],
    { env: { ...process.env, DOUBLE: '0' }, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }));
  const lines = cases.map((one, i) => {
    const exact = features(build, one);
    const float32Error = Number(relative(single[i], exact).toExponential(0));
    const size = exact.length / one.input[0];
    console.log(`${name} ${one.phase} ${one.input}: float32 is off by ${float32Error} of ${Math.max(...exact).toPrecision(3)}`);
    return ' ' + JSON.stringify({ ...one, float32Error, features: base64(exact.slice(0, size)) });
  });
  fs.writeFileSync(path.join(here, name + '.json'), `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${name}: ${names.length} layers, ${parameters} parameters`);
}

/** Two sizes in the inference phase, one of them odd, and the training phase. */
export const cases = (even = 64, odd = 75, training = true) => [
  { phase: 'inference', input: [2, 3, even, even] },
  { phase: 'inference', input: [2, 3, odd, odd] },
  ...(training ? [{ phase: 'training', input: [4, 3, even, even] }] : []),
];
