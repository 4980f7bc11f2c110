"""Reads a file of KerasH5Writer's with h5py as Keras' load_weights does, and compares it with the formula of KerasH5WriterTests.

    /usr/bin/python3 tests/Fixtures/keras-h5/check_written.py            written.h5, beside this script
    /usr/bin/python3 tests/Fixtures/keras-h5/check_written.py FILE       any other: visits everything, checks lists and numbers by the formula

written.h5 is 6-input_1.h5 of: PSTRANSFER_WRITTEN=FOLDER dotnet test (which leaves all of the tests' files there).
The formula: number i of a layer's weight k is 100 * (length of the layer's name + k) + i / 4.
"""
import pathlib
import sys

import h5py
import numpy

here = pathlib.Path(__file__).resolve().parent
SMALL = [
    ('input_1', []),
    ('conv1_conv', [('conv1_conv/kernel:0', (3, 3, 3, 4)), ('conv1_conv/bias:0', (4,))]),
    ('conv1_bn', [('conv1_bn/gamma:0', (5,)), ('conv1_bn/beta:0', (5,)), ('conv1_bn/moving_mean:0', (5,)), ('conv1_bn/moving_variance:0', (5,))]),
    ('conv1_relu', []),
    ('inner', [('a/kernel:0', (2, 3)), ('a/deep/bias:0', (3,)), ('b/kernel:0', (1,)), ('scale', ()), ('none', (0, 2))]),
    ('größe', [('größe/kernel:0', (1, 2))]),
]


def text(value):
    """Older versions of Keras call decode on all that they read, newer ones on bytes."""
    assert isinstance(value, bytes), (type(value), value)
    return value.decode('utf8')


def names(group, attribute):
    if attribute in group.attrs:
        return [text(name) for name in group.attrs[attribute]]
    found, part = [], 0
    while f'{attribute}{part}' in group.attrs:
        values = group.attrs[f'{attribute}{part}']
        assert values.nbytes <= 64512
        found.extend(text(name) for name in values)
        part += 1
    assert part > 1
    return found


def check(path, expected=None):
    with h5py.File(path, 'r') as file:
        assert text(file.attrs['backend']) == 'tensorflow'
        assert text(file.attrs['keras_version']).split('.')[0] == '2'
        layers = names(file, 'layer_names')
        found = []
        for layer in layers:
            weights = names(file[layer], 'weight_names')
            if not weights:
                assert file[layer].attrs['weight_names'].shape == (0,)
            for index, weight in enumerate(weights):
                data = file[layer][weight]
                assert data.dtype == numpy.dtype('<f4') and data.chunks is None
                count = int(numpy.prod(data.shape))
                numpy.testing.assert_array_equal(numpy.asarray(data).reshape(-1), (100 * (len(layer) + index) + numpy.arange(count) / 4).astype('f4'))
            found.append((layer, [(weight, file[layer][weight].shape) for weight in weights]))
        visited = []

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                visited.append(name)
        file.visititems(visit)
        assert sorted(visited) == sorted(f'{layer}/{weight}' for layer, weights in found for weight, _ in weights)
        # The library looks names up in the tree: a wrong order would lose some.
        assert all(name in file for name in layers) and 'no such layer' not in file
        assert expected is None or found == expected
        print(f'{path}: {len(layers)} layers, {len(visited)} tensors')


if len(sys.argv) > 1:
    check(sys.argv[1])
else:
    check(here / 'written.h5', SMALL)
