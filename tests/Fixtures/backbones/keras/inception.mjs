// InceptionV3 and InceptionResNetV2. Layers that have no name in Keras are numbered by kind in order of creation, as in the
// first network of a process. TensorFlow.js can't run the training phase of a BatchNorm without gamma:
// make_keras_inception.py adds that case to the fixtures, so it runs after this.
import { cases, tf } from '../tfjs.mjs';

/** Keras 3's layer of that name: [shortcut, residual] => shortcut + scale * residual. */
class CustomScaleLayer extends tf.layers.Layer {
  constructor({ scale, ...config }) {
    super(config);
    this.scale = scale;
  }

  computeOutputShape([shortcut]) {
    return shortcut;
  }

  call([shortcut, residual]) {
    return tf.tidy(() => shortcut.add(residual.mul(this.scale)));
  }

  static get className() {
    return 'CustomScaleLayer';
  }
}

function parts() {
  const counts = new Map();
  const numbered = kind => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return count === 0 ? kind : `${kind}_${count}`;
  };
  // Convolution, BatchNorm, ReLU. size is a number or [rows, columns].
  const cbr = (x, filters, kernelSize, { strides = 1, padding = 'same', name } = {}) => {
    x = tf.layers.conv2d({ name: name ?? numbered('conv2d'), filters, kernelSize, strides, padding, useBias: false }).apply(x);
    x = tf.layers.batchNormalization({ name: name ? name + '_bn' : numbered('batch_normalization'), scale: false }).apply(x);
    return tf.layers.activation({ name: name ? name + '_ac' : numbered('activation'), activation: 'relu' }).apply(x);
  };
  const maxPool = x => tf.layers.maxPooling2d({ name: numbered('max_pooling2d'), poolSize: 3, strides: 2 }).apply(x);
  const averagePool = x => tf.layers.averagePooling2d(
    { name: numbered('average_pooling2d'), poolSize: 3, strides: 1, padding: 'same' }).apply(x);
  const concat = (name, branches) => tf.layers.concatenate({ name: name ?? numbered('concatenate') }).apply(branches);
  const valid = { padding: 'valid' }, reduce = { padding: 'valid', strides: 2 };

  /** Both networks begin alike. */
  const stem = input => {
    let x = cbr(input, 32, 3, reduce);
    x = cbr(x, 32, 3, valid);
    x = cbr(x, 64, 3);
    x = maxPool(x);
    x = cbr(x, 80, 1, valid);
    x = cbr(x, 192, 3, valid);
    return maxPool(x);
  };
  return { numbered, cbr, maxPool, averagePool, concat, reduce, stem };
}

function inceptionV3(size) {
  const { cbr, maxPool, averagePool, concat, reduce, stem } = parts();
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = stem(input);

  for (const [block, poolFilters] of [[0, 32], [1, 64], [2, 64]]) {
    const one = cbr(x, 64, 1);
    let five = cbr(x, 48, 1);
    five = cbr(five, 64, 5);
    let double = cbr(x, 64, 1);
    double = cbr(double, 96, 3);
    double = cbr(double, 96, 3);
    let pool = averagePool(x);
    pool = cbr(pool, poolFilters, 1);
    x = concat(`mixed${block}`, [one, five, double, pool]);
  }
  {
    const three = cbr(x, 384, 3, reduce);
    let double = cbr(x, 64, 1);
    double = cbr(double, 96, 3);
    double = cbr(double, 96, 3, reduce);
    x = concat('mixed3', [three, double, maxPool(x)]);
  }
  for (const [block, filters] of [[4, 128], [5, 160], [6, 160], [7, 192]]) {
    const one = cbr(x, 192, 1);
    let seven = cbr(x, filters, 1);
    seven = cbr(seven, filters, [1, 7]);
    seven = cbr(seven, 192, [7, 1]);
    let double = cbr(x, filters, 1);
    double = cbr(double, filters, [7, 1]);
    double = cbr(double, filters, [1, 7]);
    double = cbr(double, filters, [7, 1]);
    double = cbr(double, 192, [1, 7]);
    let pool = averagePool(x);
    pool = cbr(pool, 192, 1);
    x = concat(`mixed${block}`, [one, seven, double, pool]);
  }
  {
    let three = cbr(x, 192, 1);
    three = cbr(three, 320, 3, reduce);
    let seven = cbr(x, 192, 1);
    seven = cbr(seven, 192, [1, 7]);
    seven = cbr(seven, 192, [7, 1]);
    seven = cbr(seven, 192, 3, reduce);
    x = concat('mixed8', [three, seven, maxPool(x)]);
  }
  for (const i of [0, 1]) {
    const one = cbr(x, 320, 1);
    const three = cbr(x, 384, 1);
    const threes = [cbr(three, 384, [1, 3]), cbr(three, 384, [3, 1])];
    const inner = concat(`mixed9_${i}`, threes);
    let double = cbr(x, 448, 1);
    double = cbr(double, 384, 3);
    const doubles = [cbr(double, 384, [1, 3]), cbr(double, 384, [3, 1])];
    double = concat(null, doubles);
    let pool = averagePool(x);
    pool = cbr(pool, 192, 1);
    x = concat(`mixed${9 + i}`, [one, inner, double, pool]);
  }
  return tf.model({ inputs: input, outputs: x });
}

function inceptionResNetV2(size) {
  const { numbered, cbr, maxPool, averagePool, concat, reduce, stem } = parts();
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = stem(input);
  {
    const zero = cbr(x, 96, 1);
    const one = cbr(cbr(x, 48, 1), 64, 5);
    const two = cbr(cbr(cbr(x, 64, 1), 96, 3), 96, 3);
    x = concat('mixed_5b', [zero, one, two, cbr(averagePool(x), 64, 1)]);
  }
  const block = (name, scale, branches, relu = true) => {
    const mixed = concat(name + '_mixed', branches);
    const filters = x.shape[3];
    const up = tf.layers.conv2d({ name: name + '_conv', filters, kernelSize: 1, padding: 'same' }).apply(mixed);
    x = new CustomScaleLayer({ name: numbered('custom_scale_layer'), scale }).apply([x, up]);
    x = relu ? tf.layers.activation({ name: name + '_ac', activation: 'relu' }).apply(x) : x;
  };
  for (let i = 1; i <= 10; i++) {
    block(`block35_${i}`, 0.17,
      [cbr(x, 32, 1), cbr(cbr(x, 32, 1), 32, 3), cbr(cbr(cbr(x, 32, 1), 48, 3), 64, 3)]);
  }
  {
    const zero = cbr(x, 384, 3, reduce);
    const one = cbr(cbr(cbr(x, 256, 1), 256, 3), 384, 3, reduce);
    x = concat('mixed_6a', [zero, one, maxPool(x)]);
  }
  for (let i = 1; i <= 20; i++) {
    block(`block17_${i}`, 0.1, [cbr(x, 192, 1), cbr(cbr(cbr(x, 128, 1), 160, [1, 7]), 192, [7, 1])]);
  }
  {
    const zero = cbr(cbr(x, 256, 1), 384, 3, reduce);
    const one = cbr(cbr(x, 256, 1), 288, 3, reduce);
    const two = cbr(cbr(cbr(x, 256, 1), 288, 3), 320, 3, reduce);
    x = concat('mixed_7a', [zero, one, two, maxPool(x)]);
  }
  for (let i = 1; i <= 10; i++) {
    const last = i === 10;
    block(`block8_${i}`, last ? 1 : 0.2, [cbr(x, 192, 1), cbr(cbr(cbr(x, 192, 1), 224, [1, 3]), 256, [3, 1])], !last);
  }
  x = cbr(x, 1536, 1, { name: 'conv_7b' });
  return tf.model({ inputs: input, outputs: x });
}

export const networks = {
  'keras-inceptionv3': { parameters: 21802784, build: inceptionV3, cases: cases(96, 75, false).map(one => ({ ...one, gain: 1.4 })) },
  'keras-inceptionresnetv2': { parameters: 54336736, build: inceptionResNetV2, cases: cases(96, 75, false) },
};
