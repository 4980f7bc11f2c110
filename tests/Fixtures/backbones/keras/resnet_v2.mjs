// ResNet V2: pre-activation; the last block of a stack strides, and its shortcut is a pooling of 1x1 that only strides.
import { tf } from '../tfjs.mjs';

const norm = name => tf.layers.batchNormalization({ name, epsilon: 1.001e-5 });
const relu = name => tf.layers.activation({ name, activation: 'relu' });
const conv = (name, filters, kernelSize, strides, useBias) => tf.layers.conv2d({ name, filters, kernelSize, strides, useBias });

function build(size) {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = tf.layers.zeroPadding2d({ name: 'conv1_pad', padding: [[3, 3], [3, 3]] }).apply(input);
  x = conv('conv1_conv', 64, 7, 2, true).apply(x);
  x = tf.layers.zeroPadding2d({ name: 'pool1_pad', padding: [[1, 1], [1, 1]] }).apply(x);
  x = tf.layers.maxPooling2d({ name: 'pool1_pool', poolSize: 3, strides: 2 }).apply(x);

  let unnamed = 0;
  function block(name, x, filters, strides, projects) {
    const before = relu(name + '_preact_relu').apply(norm(name + '_preact_bn').apply(x));
    let shortcut = x;
    if (projects) {
      shortcut = conv(name + '_0_conv', 4 * filters, 1, strides, true).apply(before);
    } else if (strides > 1) {
      const number = unnamed++;
      shortcut = tf.layers.maxPooling2d(
        { name: 'max_pooling2d' + (number ? '_' + number : ''), poolSize: 1, strides }).apply(x);
    }
    let y = conv(name + '_1_conv', filters, 1, 1, false).apply(before);
    y = relu(name + '_1_relu').apply(norm(name + '_1_bn').apply(y));
    y = tf.layers.zeroPadding2d({ name: name + '_2_pad', padding: [[1, 1], [1, 1]] }).apply(y);
    y = conv(name + '_2_conv', filters, 3, strides, false).apply(y);
    y = relu(name + '_2_relu').apply(norm(name + '_2_bn').apply(y));
    y = conv(name + '_3_conv', 4 * filters, 1, 1, true).apply(y);
    return tf.layers.add({ name: name + '_out' }).apply([shortcut, y]);
  }

  for (const [stack, filters, count, strides] of [['conv2', 64, 3, 2], ['conv3', 128, 4, 2], ['conv4', 256, 6, 2],
    ['conv5', 512, 3, 1]]) {
    x = block(stack + '_block1', x, filters, 1, true);
    for (let i = 2; i < count; i++) {
      x = block(`${stack}_block${i}`, x, filters, 1, false);
    }
    x = block(`${stack}_block${count}`, x, filters, strides, false);
  }
  x = relu('post_relu').apply(norm('post_bn').apply(x));
  return tf.model({ inputs: input, outputs: x });
}

export const networks = { 'keras-resnet50v2': { parameters: 23564800, build } };
