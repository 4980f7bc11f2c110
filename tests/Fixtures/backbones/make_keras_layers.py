"""The names of ResNet50's layers in the order of Keras' model.layers: writes keras-resnet50-layers.txt beside this script.

    python3 tests/Fixtures/backbones/make_keras_layers.py        (any Python 3, nothing else)

Keras does not list layers as they were created, but by depth: the longest way to the output, deepest first, and where
depths are equal, in the order in which a walk from the output first meets them, taking each layer's inputs in turn.
An Add gets [shortcut, x], so the shortcut is met first: ..._0_conv comes right before ..._3_conv, as deep as it is, and
not beside ..._1_conv, which reads the same input.

Facts this was checked against, in printed summaries of tf.keras.applications.ResNet50(include_top=False) that people
have published: conv2_block1 runs 1_conv 1_bn 1_relu 2_conv 2_bn 2_relu 0_conv 3_conv 0_bn 3_bn add out; a block
without a shortcut convolution runs 1_conv 1_bn 1_relu 2_conv 2_bn 2_relu 3_conv 3_bn add out; conv1_pad conv1_conv
conv1_bn conv1_relu pool1_pad pool1_pool come before; 23,587,712 parameters in all, 53,120 of them not trainable.
TensorFlow.js, whose models order their layers by the same rule, gives the same list (check_keras_resnet50.mjs).
Keras 3 calls the first layer input_layer, earlier versions input_1.
"""
import os


def graph():
    """Each layer's inputs, in the order in which its call receives them."""
    inputs = {"input_1": []}
    previous = "input_1"

    def add(name, *sources):
        nonlocal previous
        inputs[name] = list(sources) or [previous]
        previous = name

    for name in ("conv1_pad", "conv1_conv", "conv1_bn", "conv1_relu", "pool1_pad", "pool1_pool"):
        add(name)
    for stack, count in (("conv2", 3), ("conv3", 4), ("conv4", 6), ("conv5", 3)):
        for number in range(1, count + 1):
            block, start = f"{stack}_block{number}", previous
            shortcut = start
            if number == 1:
                add(block + "_0_conv", start)
                add(block + "_0_bn")
                shortcut = previous
            add(block + "_1_conv", start)
            for part in ("1_bn", "1_relu", "2_conv", "2_bn", "2_relu", "3_conv", "3_bn"):
                add(f"{block}_{part}")
            add(block + "_add", shortcut, previous)
            add(block + "_out")
    return inputs, previous


def order(inputs, output):
    met, finished = {}, []
    pending = [(output, False)]
    while pending:
        name, done = pending.pop()
        if done:
            finished.append(name)
        elif name not in met:
            met[name] = len(met)
            pending.append((name, True))
            pending.extend((source, False) for source in reversed(inputs[name]))

    depth = {}
    for name in reversed(finished):  # every layer after all that read it
        depth.setdefault(name, 0)
        for source in inputs[name]:
            depth[source] = max(depth.get(source, 0), depth[name] + 1)
    return sorted(inputs, key=lambda name: (-depth[name], met[name]))


def main():
    names = order(*graph())
    assert len(names) == 175
    assert names[140] == "conv4_block6_3_bn"
    assert names[7:19] == ["conv2_block1_" + part for part in (
        "1_conv", "1_bn", "1_relu", "2_conv", "2_bn", "2_relu", "0_conv", "3_conv", "0_bn", "3_bn", "add", "out")]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras-resnet50-layers.txt")
    with open(path, "w", newline="\n") as file:
        file.write("\n".join(names) + "\n")


if __name__ == "__main__":
    main()
