// EfficientNet as made with weights="imagenet": with the second rescaling. Its Dropout layers have rate 0, since the fixtures' training phase is without dropout.
import { cases, tf } from '../tfjs.mjs';

/** Times a factor for each channel, which TensorFlow.js' own Rescaling can't. */
class Rescaling extends tf.layers.Layer {
  constructor({ factors, ...config }) {
    super(config);
    this.factors = factors;
  }

  computeOutputShape(shape) {
    return shape;
  }

  call([x]) {
    return tf.tidy(() => x.mul(tf.tensor(this.factors)));
  }

  static get className() {
    return 'Rescaling';
  }
}

/** (x - mean) / max(sqrt(variance), 1e-7), with the count of values that Keras keeps beside. */
class Normalization extends tf.layers.Layer {
  computeOutputShape(shape) {
    return shape;
  }

  build(shape) {
    const add = (name, shape) => this.addWeight(name, shape, 'float32', tf.initializers.zeros(), undefined, false);
    [this.mean, this.variance, this.count] = [add('mean', [shape.at(-1)]), add('variance', [shape.at(-1)]), add('count', [])];
    super.build(shape);
  }

  call([x]) {
    return tf.tidy(() => x.sub(this.mean.read()).div(this.variance.read().sqrt().maximum(1e-7)));
  }

  static get className() {
    return 'Normalization';
  }
}

// Keras' DEFAULT_BLOCKS_ARGS: kernel, repeats, filters in, filters out, expansion, strides.
const STAGES = [[3, 1, 32, 16, 1, 1], [3, 2, 16, 24, 6, 2], [5, 2, 24, 40, 6, 2], [3, 3, 40, 80, 6, 2], [5, 3, 80, 112, 6, 1],
  [5, 4, 112, 192, 6, 2], [3, 1, 192, 320, 6, 1]];

const efficientNet = (width, depth) => size => {
  const roundFilters = filters => {
    const exact = filters * width;
    const rounded = Math.max(8, Math.floor(Math.trunc(exact + 4) / 8) * 8);
    return rounded < 0.9 * exact ? rounded + 8 : rounded;
  };
  const conv = (name, x, filters, config = {}) => tf.layers.conv2d(
    { name, filters, kernelSize: 1, padding: 'same', useBias: false, ...config }).apply(x);
  const norm = (name, x) => tf.layers.batchNormalization({ name, epsilon: 1e-3 }).apply(x);
  const swish = (name, x) => tf.layers.activation({ name, activation: 'swish' }).apply(x);
  const correctPad = (name, x, kernel) => {
    const half = Math.floor(kernel / 2);
    const sides = length => [half - (1 - length % 2), half];
    return tf.layers.zeroPadding2d({ name, padding: [sides(x.shape[1]), sides(x.shape[2])] }).apply(x);
  };

  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = new Rescaling({ name: 'rescaling', factors: [1 / 255] }).apply(input);
  x = new Normalization({ name: 'normalization' }).apply(x);
  x = new Rescaling({ name: 'rescaling_1', factors: [0.229, 0.224, 0.225].map(deviation => 1 / Math.sqrt(deviation)) }).apply(x);
  x = correctPad('stem_conv_pad', x, 3);
  x = conv('stem_conv', x, roundFilters(32), { kernelSize: 3, strides: 2, padding: 'valid' });
  x = norm('stem_bn', x);
  x = swish('stem_activation', x);

  STAGES.forEach(([kernel, repeats, filtersIn, filtersOut, expansion, firstStrides], stage) => {
    const outside = roundFilters(filtersOut);
    for (let repeat = 0; repeat < Math.ceil(depth * repeats); repeat++) {
      const name = `block${stage + 1}${'abcdefghij'[repeat]}_`;
      const strides = repeat === 0 ? firstStrides : 1;
      const inside = repeat === 0 ? roundFilters(filtersIn) : outside;
      const filters = inside * expansion;
      const shortcut = x;
      if (expansion !== 1) {
        x = conv(name + 'expand_conv', x, filters);
        x = norm(name + 'expand_bn', x);
        x = swish(name + 'expand_activation', x);
      }
      if (strides === 2) {
        x = correctPad(name + 'dwconv_pad', x, kernel);
      }
      const padding = strides === 2 ? 'valid' : 'same';
      x = tf.layers.depthwiseConv2d({ name: name + 'dwconv', kernelSize: kernel, strides, padding, useBias: false }).apply(x);
      x = norm(name + 'bn', x);
      x = swish(name + 'activation', x);

      let se = tf.layers.globalAveragePooling2d({ name: name + 'se_squeeze' }).apply(x);
      se = tf.layers.reshape({ name: name + 'se_reshape', targetShape: [1, 1, filters] }).apply(se);
      const squeezed = Math.max(1, Math.trunc(inside * 0.25));
      se = conv(name + 'se_reduce', se, squeezed, { activation: 'swish', useBias: true });
      se = conv(name + 'se_expand', se, filters, { activation: 'sigmoid', useBias: true });
      x = tf.layers.multiply({ name: name + 'se_excite' }).apply([x, se]);

      x = conv(name + 'project_conv', x, outside);
      x = norm(name + 'project_bn', x);
      if (strides === 1 && inside === outside) {
        x = tf.layers.dropout({ name: name + 'drop', rate: 0 }).apply(x);
        x = tf.layers.add({ name: name + 'add' }).apply([x, shortcut]);
      }
    }
  });
  x = conv('top_conv', x, roundFilters(1280));
  x = norm('top_bn', x);
  x = swish('top_activation', x);
  return tf.model({ inputs: input, outputs: x });
};

const louder = cases().map(one => ({ ...one, gain: 1.4 }));

export const networks = {
  'keras-efficientnetb0': { parameters: 4049571, build: efficientNet(1, 1), cases: louder },
  'keras-efficientnetb1': { parameters: 6575239, build: efficientNet(1, 1.1), cases: louder },
  'keras-efficientnetb2': { parameters: 7768569, build: efficientNet(1.1, 1.2), cases: louder },
  'keras-efficientnetb3': { parameters: 10783535, build: efficientNet(1.2, 1.4), cases: louder },
};
