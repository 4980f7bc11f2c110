"""Small Keras .h5 and .keras files of every variant, and on request a full keras-resnet50 of either generation of names.

    /usr/bin/python3 tests/Fixtures/keras-h5/make.py                        the small files, beside this script
    /usr/bin/python3 tests/Fixtures/keras-h5/make.py FOLDER                 full-new.h5 and full-old.h5 (95 MB each), full-latest.h5 with
                                                                            1,000 layers more (lists in trees of two levels)

The small network: conv1_conv (3x3, 3 to 4, bias), conv1_bn, conv2_block1_1_conv (1x1, 4 to 6, bias), conv2_block1_1_bn.
Numbers are those of ../backbones/seeded.py under our names (conv1_conv.weight), kernels turned to height, width, in, out.

Keras 3's layout (.weights.h5, .keras) follows keras/src/saving/saving_lib.py: groups named for the layers' classes and counted, the
variables by number in a group vars, in newer versions with the layer's name as its attribute.
"""
import ctypes
import json
import os
import pathlib
import sys
import zipfile

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


def write(group, content, variable=False, parts=1, change=lambda name, array: array, chunked=(), compact=(), external=(), ordered=False):
    attribute(group, 'layer_names', [layer for layer, _ in content], variable, parts)
    group.attrs['backend'] = 'tensorflow'.encode()
    for layer, tensors in content:
        members = new_group(group, layer, ordered)
        attribute(members, 'weight_names', [name for name, _ in tensors], variable and bool(tensors), 1)
        for name, array in tensors:
            array = numpy.ascontiguousarray(change(name, array))
            place, _, last = name.rpartition('/')
            if place:
                new_group(members, place, ordered)
            if name in compact:
                write_compact(members[place], last, array)
            elif name in external:
                members.create_dataset(name, array.shape, array.dtype, external=[('elsewhere.bin', 0, array.nbytes)])
            else:
                members.create_dataset(name, data=array, **(dict(chunks=True, compression='gzip') if name in chunked else {}))


def write_compact(group, name, array):
    """h5py has no argument for it: the numbers lie in the dataset's header."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    creation.set_obj_track_times(False)
    data = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(array.shape), creation)
    data.write(h5py.h5s.ALL, h5py.h5s.ALL, array)


def new_file(path, oldest=h5py.h5f.LIBVER_EARLIEST, newest=h5py.h5f.LIBVER_LATEST, trees=None):
    """A file whose format is of those versions of HDF5, without times of creation, so that it has the same bytes again."""
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_obj_track_times(False)
    if trees:
        # The superblock of version 1 is for trees of another size; h5py has no call for that.
        library = next(line.split()[-1] for line in open('/proc/self/maps') if 'libhdf5_serial.so' in line)
        assert ctypes.CDLL(library).H5Pset_istore_k(ctypes.c_int64(creation.id), trees) == 0
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(oldest, newest)
    return h5py.File(h5py.h5f.create(str(path).encode(), h5py.h5f.ACC_TRUNC, creation, access))


def new_group(parent, path, ordered):
    """The groups on a path, made where they aren't there yet, without times of creation."""
    for name in path.split('/'):
        if name not in parent:
            creation = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
            creation.set_obj_track_times(False)
            if ordered:
                creation.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
                creation.set_attr_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
            h5py.h5g.create(parent.id, name.encode(), gcpl=creation)
        parent = parent[name]
    return parent


def with_plain(content):
    """Layers without weights around, as Keras lists them."""
    return [('input_1', []), ('conv1_pad', []), *content, ('conv1_relu', [])]


def top(layer='probs', classes=5):
    return (layer, [(f'{layer}/kernel:0', seeded.tensor('top.kernel', (6, classes)).numpy()), (f'{layer}/bias:0', seeded.tensor('top.bias', (classes,)).numpy())])


CLASSES = [('Conv2D', 'conv2d'), ('BatchNormalization', 'batch_normalization')]


def keras3(variables=lambda array: array, named=True, inside='layers'):
    """[(group, layer's name or None, arrays)] of the small network as Keras 3 writes it."""
    groups, counts = [], {}
    for name, tensors in [('input_1', []), *layers(SMALL), ('conv1_relu', [])]:
        kind = 'input_layer' if name == 'input_1' else 're_lu' if not tensors else CLASSES[name.endswith('_bn')][1]
        counts[kind] = counts.get(kind, -1) + 1
        group = f'{inside}/{kind}' + (f'_{counts[kind]}' if counts[kind] else '')
        groups.append((group, name if named else None, [variables(array) for _, array in tensors]))
    return groups


def write3(file, groups):
    for group, name, arrays in groups:
        members = file.create_group(f'{group}/vars')
        if name:
            members.attrs['name'] = name
        for i, array in enumerate(arrays):
            members[str(i)] = numpy.ascontiguousarray(array)


def layer_config(kind, name, **more):
    return dict(module='keras.layers', class_name=kind, config=dict(name=name, **more), registered_name=None)


def config(name='small', between=()):
    """A model's description, cut down to what names its layers, and a Lambda layer with code that nobody may run."""
    return layer_config('Functional', name, layers=[
        layer_config('InputLayer', 'input_1'),
        *[layer_config(CLASSES[name.endswith('_bn')][0], name) for name, _ in SMALL[:2]],
        *between,
        *[layer_config(CLASSES[name.endswith('_bn')][0], name) for name, _ in SMALL[2:]],
        layer_config('Lambda', 'lambda', function=dict(class_name='__lambda__', config=dict(code='4wEAAAAAAAAA', defaults=None, closure=None))),
        layer_config('ReLU', 'conv1_relu')])


def save_keras(name, groups, description, method=zipfile.ZIP_STORED, members=None):
    """A .keras file as Keras writes it: the description, the weights, in that order, all dated 1980 to give the same bytes again."""
    weights = here / 'temporary.h5'
    with h5py.File(weights, 'w') as file:
        write3(file, groups)
    content = {'metadata.json': b'{"keras_version": "3.8.0"}', 'config.json': json.dumps(description).encode(), 'model.weights.h5': weights.read_bytes()}
    weights.unlink()
    with zipfile.ZipFile(here / name, 'w', method) as file:
        for member in members or content:
            file.writestr(zipfile.ZipInfo(member), content.get(member, b'nothing'), method)


def keras3_files():
    def save(name, groups):
        with h5py.File(here / name, 'w') as file:
            write3(file, groups)

    optimizer = ('optimizer', 'adam', [numpy.zeros((3, 3, 3, 4), 'f4')])
    seed = ('layers/dropout/seed_generator', 'seed_generator', [numpy.array([1, 2], 'u4')])
    inner = [(f'layers/functional/{group}', name, arrays) for group, name, arrays in keras3()]
    dense = ('layers/dense', 'dense_1', [array for _, array in top()[1]])
    save('keras3.weights.h5', keras3())
    save('keras3-unnamed.weights.h5', [group for group in keras3(named=False) if group[2]])
    save('keras3-nested.weights.h5', [*inner, dense, seed, optimizer])
    save('keras3-bfloat16.weights.h5', keras3(brain))
    with h5py.File(here / 'keras3-bfloat16.weights.h5', 'r+') as file:
        file.visititems(lambda _, item: item.attrs.create('dtype', 'bfloat16', dtype=h5py.string_dtype()) if isinstance(item, h5py.Dataset) else None)

    unnamed = [group for group in keras3(named=False) if group[2]]
    save_keras('stored.keras', unnamed, config())
    save_keras('deflated.keras', unnamed, config(), zipfile.ZIP_DEFLATED)
    save_keras('counted.keras', [(group.replace('conv2d_1', 'conv2d_2'), name, arrays) for group, name, arrays in unnamed], config(between=[layer_config('Conv2D', 'without_weights')]))
    save_keras('nested.keras', [(group, None, arrays) for group, _, arrays in [*inner, dense, seed, optimizer] if arrays],
               layer_config('Functional', 'whole', layers=[layer_config('InputLayer', 'input_2'), config('resnet50'), layer_config('Dense', 'dense_1')]))
    save_keras('keras2.keras', keras3(named=False, inside='_layer_checkpoint_dependencies'), config())
    save_keras('no-weights.keras', [], {}, members=['metadata.json', 'config.json', 'model.weights.npz'])
    save_keras('lzma.keras', unnamed, config(), zipfile.ZIP_LZMA)
    save_keras('bad-config.keras', unnamed, [])
    # Numbers of 64 bits, as a file of more than 4 GB has them; zipfile leaves the last record as it is while they fit.
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 100
    save_keras('zip64.keras', unnamed, config())
    zipfile.ZIP64_LIMIT = limit
    zip64 = (here / 'zip64.keras').read_bytes()
    (here / 'zip64.keras').write_bytes(zip64[:-10] + b'\xff' * 8 + zip64[-2:])
    with h5py.File(here / 'hard-circle.weights.h5', 'w') as file:
        write3(file, keras3())
        file['layers/conv2d/layers'] = file['layers']
        file['layers/conv2d/itself'] = file['/']
    bomb(here / 'bomb.keras')


def brain(array):
    """bfloat16 as Keras hands it to h5py, which has no such type: two bytes of nothing in particular. Cut, not rounded."""
    return (numpy.ascontiguousarray(array).view('u4') >> 16).astype('u2').view('V2')


def bomb(path):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo('model.weights.h5'), bytes(20 << 20), zipfile.ZIP_DEFLATED, 9)


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
    save('float16.h5', new, change=lambda name, array: array.astype('f2') if 'conv2' in name else array)
    save('int32.h5', new, change=lambda name, array: array.astype('i4') if name == 'conv1_bn/beta:0' else array)
    save('big-endian.h5', new, change=lambda name, array: array.astype('>f4') if name == 'conv1_bn/beta:0' else array)
    save('compact.h5', new, compact=['conv1_conv/bias:0', 'conv1_bn/gamma:0'])
    save('external-data.h5', new, external=['conv1_bn/gamma:0'])
    many = [*new, *[(f're_lu_{i}', []) for i in range(60)]]
    latest, v108 = h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_V18
    for name, options in (('latest', dict(oldest=latest)), ('v108', dict(oldest=v108, newest=v108)), ('superblock1', dict(trees=16))):
        with new_file(here / f'{name}.h5', **options) as file:
            write(file, new)
    with new_file(here / 'track-order.h5') as file:
        write(new_group(file, 'model_weights', True), new, ordered=True)
    with new_file(here / 'dense.h5', oldest=latest) as file:
        group = new_group(file, 'model_weights', False)
        for i in range(10):
            group.attrs[f'note_{i}'] = i
        write(group, many, variable=True)
    with h5py.File(here / 'not-keras.h5', 'w') as file:
        file['data'] = numpy.zeros(3, 'f4')
    with h5py.File(here / 'external.h5', 'w') as file:
        file['model_weights'] = h5py.ExternalLink('external.h5', '/model_weights')
    with h5py.File(here / 'circle.h5', 'w') as file:
        file['model_weights'] = h5py.SoftLink('/other')
        file['other'] = h5py.SoftLink('/model_weights')
    keras3_files()


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
    with h5py.File(os.path.join(folder, 'full-latest.h5'), 'w', libver='latest') as file:
        write(file, [*with_plain(layers(network)), *[(f're_lu_{i}', []) for i in range(1000)]])


full(sys.argv[1]) if len(sys.argv) > 1 else small()
