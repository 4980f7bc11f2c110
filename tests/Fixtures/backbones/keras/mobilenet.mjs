// MobileNet: before a depthwise convolution that strides, one row of zeros below and one column right, whatever the size.
import { cases, tf } from '../tfjs.mjs';

function build(size) {
  const active = (name, x) => tf.layers.reLU({ name: name + '_relu', maxValue: 6 }).apply(
    tf.layers.batchNormalization({ name: name + '_bn' }).apply(x));

  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = active('conv1', tf.layers.conv2d(
    { name: 'conv1', filters: 32, kernelSize: 3, strides: 2, padding: 'same', useBias: false }).apply(input));
  const strided = [2, 4, 6, 12];
  [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024].forEach((filters, i) => {
    const id = i + 1, strides = strided.includes(id) ? 2 : 1;
    if (strides === 2) {
      x = tf.layers.zeroPadding2d({ name: 'conv_pad_' + id, padding: [[0, 1], [0, 1]] }).apply(x);
    }
    x = active('conv_dw_' + id, tf.layers.depthwiseConv2d({ name: 'conv_dw_' + id, kernelSize: 3, strides,
      padding: strides === 1 ? 'same' : 'valid', useBias: false }).apply(x));
    x = active('conv_pw_' + id, tf.layers.conv2d(
      { name: 'conv_pw_' + id, filters, kernelSize: 1, padding: 'same', useBias: false }).apply(x));
  });
  return tf.model({ inputs: input, outputs: x });
}

// 27 convolutions in a row, without a shortcut.
export const networks = { 'keras-mobilenet': { parameters: 3228864, build, cases: cases().map(one => ({ ...one, gain: 1.4 })) } };
