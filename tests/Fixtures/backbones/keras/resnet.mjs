// ResNet "v1": the stride on the first 1x1 convolution of a stack's first block and on its shortcut.
import { tf } from '../tfjs.mjs';

const norm = name => tf.layers.batchNormalization({ name: name + '_bn', epsilon: 1.001e-5 });
const relu = name => tf.layers.activation({ name, activation: 'relu' });
const unit = (name, x, filters, kernelSize, strides) => norm(name).apply(tf.layers.conv2d(
  { name: name + '_conv', filters, kernelSize, strides, padding: kernelSize === 3 ? 'same' : 'valid' }).apply(x));

const build = blocks => size => {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = tf.layers.zeroPadding2d({ name: 'conv1_pad', padding: 3 }).apply(input);
  x = relu('conv1_relu').apply(unit('conv1', x, 64, 7, 2));
  x = tf.layers.zeroPadding2d({ name: 'pool1_pad', padding: 1 }).apply(x);
  x = tf.layers.maxPooling2d({ name: 'pool1_pool', poolSize: 3, strides: 2 }).apply(x);
  blocks.forEach((count, stack) => {
    const filters = 64 * 2 ** stack;
    for (let block = 1; block <= count; block++) {
      const name = `conv${stack + 2}_block${block}`, strides = block === 1 && stack > 0 ? 2 : 1;
      const shortcut = block === 1 ? unit(name + '_0', x, 4 * filters, 1, strides) : x;
      x = relu(name + '_1_relu').apply(unit(name + '_1', x, filters, 1, strides));
      x = relu(name + '_2_relu').apply(unit(name + '_2', x, filters, 3, 1));
      x = unit(name + '_3', x, 4 * filters, 1, 1);
      x = relu(name + '_out').apply(tf.layers.add({ name: name + '_add' }).apply([shortcut, x]));
    }
  });
  return tf.model({ inputs: input, outputs: x });
};

export const networks = {
  'keras-resnet101': { parameters: 42658176, build: build([3, 4, 23, 3]) },
  'keras-resnet152': { parameters: 58370944, build: build([3, 8, 36, 3]) },
};
