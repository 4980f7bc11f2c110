// VGG16: the ReLU is inside of each convolution, so it has no layer of its own.
import { cases, tf } from '../tfjs.mjs';

function build(size) {
  const input = tf.input({ shape: [size, size, 3], name: 'input_1' });
  let x = input;
  [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]].forEach(([filters, count], block) => {
    for (let i = 1; i <= count; i++) {
      const name = `block${block + 1}_conv${i}`;
      x = tf.layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', activation: 'relu' }).apply(x);
    }
    x = tf.layers.maxPooling2d({ name: `block${block + 1}_pool`, poolSize: 2, strides: 2 }).apply(x);
  });
  return tf.model({ inputs: input, outputs: x });
}

// Without BatchNorm the phases are one.
export const networks = { 'keras-vgg16': { parameters: 14714688, build, cases: cases(64, 75, false) } };
