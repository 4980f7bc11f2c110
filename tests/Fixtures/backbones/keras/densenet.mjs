// DenseNet121.
import { tf } from '../tfjs.mjs';

function build(size) {
  const active = (norm, relu, x) => tf.layers.activation({ name: relu, activation: 'relu' }).apply(
    tf.layers.batchNormalization({ name: norm, epsilon: 1.001e-5 }).apply(x));
  const conv = (name, x, filters, kernelSize, more = {}) =>
    tf.layers.conv2d({ name, filters, kernelSize, useBias: false, ...more }).apply(x);

  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = tf.layers.zeroPadding2d({ name: 'zero_padding2d', padding: [[3, 3], [3, 3]] }).apply(input);
  x = active('conv1_bn', 'conv1_relu', conv('conv1_conv', x, 64, 7, { strides: 2 }));
  x = tf.layers.zeroPadding2d({ name: 'zero_padding2d_1', padding: [[1, 1], [1, 1]] }).apply(x);
  x = tf.layers.maxPooling2d({ name: 'pool1', poolSize: 3, strides: 2 }).apply(x);

  const block = (name, count) => {
    for (let i = 1; i <= count; i++) {
      const prefix = `${name}_block${i}_`;
      let y = conv(prefix + '1_conv', active(prefix + '0_bn', prefix + '0_relu', x), 128, 1);
      y = conv(prefix + '2_conv', active(prefix + '1_bn', prefix + '1_relu', y), 32, 3, { padding: 'same' });
      x = tf.layers.concatenate({ name: prefix + 'concat' }).apply([x, y]);
    }
  };
  const transition = name => {
    x = conv(name + '_conv', active(name + '_bn', name + '_relu', x), x.shape.at(-1) / 2, 1);
    x = tf.layers.averagePooling2d({ name: name + '_pool', poolSize: 2, strides: 2 }).apply(x);
  };
  block('conv2', 6);
  transition('pool2');
  block('conv3', 12);
  transition('pool3');
  block('conv4', 24);
  transition('pool4');
  block('conv5', 16);
  return tf.model({ inputs: input, outputs: active('bn', 'relu', x) });
}

export const networks = { 'keras-densenet121': { parameters: 7037504, build } };
