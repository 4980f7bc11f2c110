// MobileNetV2. What is padded before a convolution that strides depends on the map's parity: Keras' correct_pad.
import { tf } from '../tfjs.mjs';

function build(size) {
  const norm = (name, x) => tf.layers.batchNormalization({ name, epsilon: 1e-3, momentum: 0.999 }).apply(x);
  const relu6 = (name, x) => tf.layers.reLU({ name, maxValue: 6 }).apply(x);
  const pointwise = (name, x, filters) =>
    tf.layers.conv2d({ name, filters, kernelSize: 1, padding: 'same', useBias: false }).apply(x);

  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = tf.layers.conv2d(
    { name: 'Conv1', filters: 32, kernelSize: 3, strides: 2, padding: 'same', useBias: false }).apply(input);
  x = relu6('Conv1_relu', norm('bn_Conv1', x));

  function block(id, x, filters, strides) {
    const prefix = id ? `block_${id}_` : 'expanded_conv_', channels = x.shape.at(-1);
    let y = x;
    if (id) {
      y = relu6(prefix + 'expand_relu', norm(prefix + 'expand_BN', pointwise(prefix + 'expand', y, 6 * channels)));
    }
    if (strides === 2) {
      const padding = [y.shape[1], y.shape[2]].map(size => [size % 2 === 0 ? 0 : 1, 1]);
      y = tf.layers.zeroPadding2d({ name: prefix + 'pad', padding }).apply(y);
    }
    y = tf.layers.depthwiseConv2d({ name: prefix + 'depthwise', kernelSize: 3, strides, useBias: false,
      padding: strides === 2 ? 'valid' : 'same' }).apply(y);
    y = relu6(prefix + 'depthwise_relu', norm(prefix + 'depthwise_BN', y));
    y = norm(prefix + 'project_BN', pointwise(prefix + 'project', y, filters));
    return strides === 1 && channels === filters ? tf.layers.add({ name: prefix + 'add' }).apply([x, y]) : y;
  }

  [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320].forEach((filters, id) => {
    x = block(id, x, filters, [1, 3, 6, 13].includes(id) ? 2 : 1);
  });
  x = relu6('out_relu', norm('Conv_1_bn', tf.layers.conv2d(
    { name: 'Conv_1', filters: 1280, kernelSize: 1, useBias: false }).apply(x)));
  return tf.model({ inputs: input, outputs: x });
}

export const networks = { 'keras-mobilenetv2': { parameters: 2257984, build } };
