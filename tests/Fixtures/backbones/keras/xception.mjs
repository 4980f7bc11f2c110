// Xception. Keras leaves the shortcuts' convolutions and the additions unnamed and numbers them as they are created.
import { cases, tf } from '../tfjs.mjs';

const relu = name => tf.layers.activation({ name, activation: 'relu' });
const norm = name => tf.layers.batchNormalization({ name });

function build(size) {
  const made = {};
  const unnamed = kind => {
    made[kind] = (made[kind] ?? -1) + 1;
    return made[kind] ? `${kind}_${made[kind]}` : kind;
  };
  const separable = (name, x, filters) => norm(name + '_bn').apply(tf.layers.separableConv2d(
    { name, filters, kernelSize: 3, padding: 'same', useBias: false }).apply(x));
  const sum = (...terms) => tf.layers.add({ name: unnamed('add') }).apply(terms);
  const shortcut = (x, filters) => norm(unnamed('batch_normalization')).apply(tf.layers.conv2d(
    { name: unnamed('conv2d'), filters, kernelSize: 1, strides: 2, padding: 'same', useBias: false }).apply(x));
  const pool = (name, x) => tf.layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'same' }).apply(x);

  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = tf.layers.conv2d({ name: 'block1_conv1', filters: 32, kernelSize: 3, strides: 2, useBias: false }).apply(input);
  x = relu('block1_conv1_act').apply(norm('block1_conv1_bn').apply(x));
  x = tf.layers.conv2d({ name: 'block1_conv2', filters: 64, kernelSize: 3, useBias: false }).apply(x);
  x = relu('block1_conv2_act').apply(norm('block1_conv2_bn').apply(x));

  let residual = shortcut(x, 128);
  x = separable('block2_sepconv1', x, 128);
  x = separable('block2_sepconv2', relu('block2_sepconv2_act').apply(x), 128);
  x = sum(pool('block2_pool', x), residual);
  for (const [block, filters] of [['block3', 256], ['block4', 728]]) {
    residual = shortcut(x, filters);
    x = separable(block + '_sepconv1', relu(block + '_sepconv1_act').apply(x), filters);
    x = separable(block + '_sepconv2', relu(block + '_sepconv2_act').apply(x), filters);
    x = sum(pool(block + '_pool', x), residual);
  }
  for (let block = 5; block < 13; block++) {
    residual = x;
    for (const part of ['sepconv1', 'sepconv2', 'sepconv3']) {
      const name = `block${block}_${part}`;
      x = separable(name, relu(name + '_act').apply(x), 728);
    }
    x = sum(x, residual);
  }
  residual = shortcut(x, 1024);
  x = separable('block13_sepconv1', relu('block13_sepconv1_act').apply(x), 728);
  x = separable('block13_sepconv2', relu('block13_sepconv2_act').apply(x), 1024);
  x = sum(pool('block13_pool', x), residual);
  x = relu('block14_sepconv1_act').apply(separable('block14_sepconv1', x, 1536));
  x = relu('block14_sepconv2_act').apply(separable('block14_sepconv2', x, 2048));
  return tf.model({ inputs: input, outputs: x });
}

export const networks = { 'keras-xception': { parameters: 20861480, build, cases: cases(80, 71) } };
