"""Small Keras .h5 files of every variant, and on request a full keras-resnet50 of either generation of names.

    /usr/bin/python3 tests/Fixtures/keras-h5/make.py                        the small files, beside this script
    /usr/bin/python3 tests/Fixtures/keras-h5/make.py FOLDER                 full-new.h5 and full-old.h5 (95 MB each)

The small network: conv1_conv (3x3, 3 to 4, bias), conv1_bn, conv2_block1_1_conv (1x1, 4 to 6, bias), conv2_block1_1_bn.
Numbers are those of ../backbones/seeded.py under our names (conv1_conv.weight), kernels turned to height, width, in, out.
"""
import os
import pathlib
import sys

import h5py
import numpy

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / 'backbones'))
import seeded  # noqa: E402

ROLES = {'kernel': 'weight', 'bias': 'bias', 'gamma': 'weight', 'beta': 'bias', 'moving_mean': 'running_mean', 'moving_variance': 'running_var'}
KERAS1 = {'kernel': 'W', 'bias': 'b', 'moving_mean': 'running_mean', 'moving_variance': 'running_std'}
SMALL = [('conv1_conv', (4, 3, 3, 3)), ('conv1_bn', (4,)), ('conv2_block1_1_conv', (6, 4, 1, 1)), ('conv2_block1_1_bn', (6,))]


def old_name(name):
    if name in ('conv1_conv', 'conv1_bn'):
        return {'conv1_conv': 'conv1', 'conv1_bn': 'bn_conv1'}[name]
    if not name.endswith(('_conv', '_bn')):
        return name
    stage, block, unit, kind = name.split('_')
    return ('res' if kind == 'conv' else 'bn') + stage[4:] + 'abcdef'[int(block[5:]) - 1] + '_branch' + ['1', '2a', '2b', '2c'][int(unit)]


def layers(network, rename=lambda name: name, naming='{layer}/{tensor}:0'):
    """(layer, [(weight name, array)]) for each layer; a shape of four numbers is a convolution's, of one a BatchNorm's."""
    for name, shape in network:
        layer = rename(name)
        if len(shape) == 4:
            kernel = seeded.tensor(name + '.weight', shape).numpy().transpose(2, 3, 1, 0)
            tensors = [('kernel', kernel), ('bias', seeded.tensor(name + '.bias', shape[:1]).numpy())]
        else:
            tensors = [(key, seeded.tensor(name + '.' + ROLES[key], shape).numpy()) for key in ('gamma', 'beta', 'moving_mean', 'moving_variance')]
        yield layer, [(naming.format(layer=layer, tensor=key, keras1=KERAS1.get(key, key)), array) for key, array in tensors]


def attribute(group, name, values, variable, parts):
    values = [value.encode() for value in values]

    def data(some):
        if variable:
            return dict(data=some, dtype=h5py.special_dtype(vlen=str))
        return dict(data=numpy.array(some)) if some else dict(data=numpy.zeros(0))
    if parts == 1:
        group.attrs.create(name, **data(values))
    else:
        for i, some in enumerate(numpy.array_split(numpy.array(values), parts)):
            group.attrs.create(name + str(i), **data([value for value in some]))


def write(group, content, variable=False, parts=1, change=lambda name, array: array, chunked=()):
    attribute(group, 'layer_names', [layer for layer, _ in content], variable, parts)
    group.attrs['backend'] = 'tensorflow'.encode()
    for layer, tensors in content:
        members = group.create_group(layer)
        attribute(members, 'weight_names', [name for name, _ in tensors], variable and bool(tensors), 1)
        for name, array in tensors:
            members.create_dataset(name, data=numpy.ascontiguousarray(change(name, array)), **(dict(chunks=True, compression='gzip') if name in chunked else {}))


def with_plain(content):
    """Layers without weights around, as Keras lists them."""
    return [('input_1', []), ('conv1_pad', []), *content, ('conv1_relu', [])]


def top(layer='probs', classes=5):
    return (layer, [(f'{layer}/kernel:0', seeded.tensor('top.kernel', (6, classes)).numpy()), (f'{layer}/bias:0', seeded.tensor('top.bias', (classes,)).numpy())])


def small():
    new = with_plain(layers(SMALL))
    old = with_plain(layers(SMALL, old_name))
    keras1 = with_plain(layers(SMALL, old_name, '{layer}_{keras1}:0'))
    inner = [item for _, tensors in layers(SMALL) for item in tensors]

    def save(name, content, root=None, **more):
        with h5py.File(here / name, 'w') as file:
            write(file if root is None else file.create_group(root), content, **more)

    save('fixed.h5', new)
    save('variable.h5', new, variable=True)
    save('top.h5', [*new, ('avg_pool', []), top()])
    save('whole.h5', [*new, top('dense')], root='model_weights', variable=True)
    save('nested.h5', [('input_2', []), ('resnet50', inner), top('dense_1')], root='model_weights')
    save('split.h5', with_plain(layers(SMALL, naming='{layer}_1/{tensor}')), parts=3)
    save('old.h5', old)
    save('keras1.h5', [*keras1, ('fc1000', [(name.replace('fc1000/', 'fc1000_').replace('kernel', 'W').replace('bias', 'b'), array) for name, array in top('fc1000')[1]])])
    save('missing-layer.h5', [item for item in new if item[0] != 'conv2_block1_1_bn'])
    save('float64.h5', new, change=lambda name, array: array.astype('f8') if name == 'conv1_bn/gamma:0' else array)
    save('torch-order.h5', new, change=lambda name, array: array.transpose(3, 2, 0, 1) if array.ndim == 4 else array)
    save('chunked.h5', new, chunked=['conv1_conv/kernel:0'])
    with h5py.File(here / 'not-keras.h5', 'w') as file:
        file['data'] = numpy.zeros(3, 'f4')
    with h5py.File(here / 'external.h5', 'w') as file:
        file['model_weights'] = h5py.ExternalLink('external.h5', '/model_weights')
    with h5py.File(here / 'circle.h5', 'w') as file:
        file['model_weights'] = h5py.SoftLink('/other')
        file['other'] = h5py.SoftLink('/model_weights')
    with h5py.File(here / 'keras3-weights.h5', 'w') as file:
        file['layers/conv1_conv/vars/0'] = numpy.zeros((3, 3, 3, 4), 'f4')


def full(folder):
    network = [('conv1_conv', (64, 3, 7, 7)), ('conv1_bn', (64,))]
    inside = 64
    for stage, (blocks, width) in enumerate([(3, 64), (4, 128), (6, 256), (3, 512)], start=2):
        for block in range(1, blocks + 1):
            name = f'conv{stage}_block{block}_'
            units = [('1', width, inside, 1), ('2', width, width, 3), ('3', 4 * width, width, 1)]
            for unit, outside, inputs, size in ([('0', 4 * width, inside, 1)] if block == 1 else []) + units:
                network += [(f'{name}{unit}_conv', (outside, inputs, size, size)), (f'{name}{unit}_bn', (outside,))]
            inside = 4 * width
    for name, content in (('full-new.h5', layers(network)), ('full-old.h5', layers(network, old_name, '{layer}_{keras1}:0'))):
        with h5py.File(os.path.join(folder, name), 'w') as file:
            write(file, with_plain(content))


full(sys.argv[1]) if len(sys.argv) > 1 else small()
