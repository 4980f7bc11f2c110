"""Small PyTorch files of every kind that the reader must read or refuse, and expected.json with the numbers by PyTorch itself.

    /usr/bin/python3 tests/Fixtures/pytorch/make.py             the small files, beside this script
    /usr/bin/python3 tests/Fixtures/pytorch/make.py FOLDER      full.pth, full-legacy.pth, full-channels-last.pth (ResNet50, 98 MB each)

expected.json: file -> tensor -> {shape, dtype, data}; the names and their order are those of the state dict. Numbers are the tensor's as
float32, except that types which the reader refuses to read have none.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import pickle
import sys
import types
import zipfile

import numpy
import torch

here = pathlib.Path(__file__).resolve().parent
torch.set_num_threads(1)
torch.manual_seed(1)


class CountedKeys(type):
    def __instancecheck__(cls, value):
        return isinstance(value, str)


class Key(metaclass=CountedKeys):
    """Stands for str inside of torch.serialization, whose legacy format names storages by their addresses: by their number instead."""
    seen = {}

    def __new__(cls, value=''):
        return '%04d' % cls.seen.setdefault(value, len(cls.seen)) if isinstance(value, int) else str(value)


def save(name, value, legacy=False, protocol=2):
    Key.seen = {}
    torch.serialization.str = Key if legacy else str
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    (here / name).write_bytes(buffer.getvalue())


def numbers(*shape, start=0):
    """Fractions that float16 and bfloat16 round."""
    count = int(numpy.prod(shape))
    return (torch.arange(start, start + count, dtype=torch.float64) * 0.37 - 1.7).float().reshape(shape)


def plain(convert=lambda tensor: tensor, prefix=''):
    state = collections.OrderedDict()
    state[prefix + 'conv1.weight'] = convert(numbers(4, 3, 2, 2))
    state[prefix + 'bn1.weight'] = convert(numbers(4, start=50))
    state[prefix + 'bn1.bias'] = convert(numbers(4, start=60))
    state[prefix + 'bn1.running_mean'] = convert(numbers(4, start=70))
    state[prefix + 'bn1.running_var'] = convert(numbers(4, start=80))
    state[prefix + 'bn1.num_batches_tracked'] = torch.tensor(7)
    state[prefix + 'scale'] = convert(numbers(1, start=90)[0])
    state[prefix + 'empty'] = convert(torch.zeros(0, 3))
    state._metadata = collections.OrderedDict([('', {'version': 1}), ('bn1', {'version': 2})])
    return state


def views():
    matrix, maps = numbers(6, 5), numbers(2, 3, 4, 5)
    state = collections.OrderedDict()
    state['transposed'] = matrix.t()
    state['rows'] = matrix[1:5:2]
    state['columns'] = matrix[:, 1:4]
    state['every_second'] = matrix[:, ::2]
    state['channels_last'] = maps.contiguous(memory_format=torch.channels_last)
    state['permuted'] = maps.permute(2, 0, 3, 1)[1:, :, ::2]
    state['repeated'] = numbers(3)[:, None].expand(3, 4)
    state['tied'] = matrix
    state['tied_half'] = matrix[3:]
    state['parameter'] = torch.nn.Parameter(matrix[2])
    state['half_view'] = numbers(6, 5).half().t()
    return state


def checkpoint(key, prefix=''):
    weight = torch.nn.Parameter(numbers(3, 2))
    optimizer = torch.optim.Adam([weight])
    weight.sum().backward()
    optimizer.step()
    return {
        'epoch': 3, 'arch': 'resnet18', 'best_acc1': numpy.float64(71.25), 'best_loss': torch.tensor(0.5),
        key: plain(prefix=prefix), 'optimizer': optimizer.state_dict(), 'big': 2 ** 70, 'negative': -2 ** 40,
        'args': argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath('/data'), devices=[torch.device('cpu')]),
        'seen': {1, 2}, 'type': torch.float16, 'size': torch.Size([2, 3]), 'rng': torch.get_rng_state()[:16].clone(),
        'history': [(0.1, None), (0.2, True)], 'counts': collections.defaultdict(list, a=[1]), 'numpy': numpy.arange(3), 'raw': b'abc',
    }


class System:
    def __reduce__(self):
        return os.system, ('echo run > /tmp/a-pickle-was-run',)


def foreign(name, base=object):
    """A class of a trainer's own module, which no other machine has."""
    module = sys.modules.setdefault('training', types.ModuleType('training'))
    setattr(module, name, type(name, (base,), {'__module__': 'training'}))
    return getattr(module, name)


def lightning():
    """What Lightning saves beside the weights: objects of the trainer's own classes, a bound method, callbacks under keys of their own."""
    loss = foreign('FocalLoss', torch.nn.Module)()
    loss.weight = torch.nn.Parameter(numbers(3))
    stopping = foreign('EarlyStopping')()
    stopping.best, stopping.when = torch.tensor(0.25), foreign('When', str)('end')
    return {
        'epoch': 3, 'pytorch-lightning_version': '2.1.0', 'loss': loss, 'state_dict': plain(prefix='model.'),
        'callbacks': {"ModelCheckpoint{'monitor': 'val_loss'}": {'best_model_score': torch.tensor(0.5), 'dirpath': '/data'}, 'stopping': stopping},
        'optimizer_states': [{'state': {0: {'exp_avg': numbers(2)}}, 'param_groups': []}], 'hyper_parameters': foreign('Options', dict)(lr=0.1),
    }


def nested(levels=40):
    """A list of two references to a list of two references...: 300 bytes that stand for 2 ** 40 strings."""
    value = ['lol', 'lol']
    for _ in range(levels):
        value = [value, value]
    return {'state_dict': {'a': numbers(2)}, 'bomb': value}


def expected(state):
    def data(tensor):
        return [float(str(value)) for value in tensor.detach().float().flatten().numpy()]
    readable = (torch.float32, torch.float16, torch.bfloat16)
    return {name: {'shape': list(tensor.shape), 'dtype': str(tensor.dtype)[6:], **({'data': data(tensor)} if tensor.dtype in readable else {})} for name, tensor in state.items()}


def small():
    files = {}

    def state_dict(name, state, **options):
        save(name, state, **options)
        files[name] = expected(torch.load(here / name))

    def inside(name, value, key, **options):
        save(name, value, **options)
        files[name] = expected(torch.load(here / name)[key])

    state_dict('zip.pth', plain())
    state_dict('legacy.pth', plain(), legacy=True)
    state_dict('protocol4.pth', plain(), protocol=4)
    state_dict('legacy-protocol5.pth', plain(), legacy=True, protocol=5)
    state_dict('half.pth', plain(lambda tensor: tensor.half()))
    state_dict('bfloat16.pth', plain(lambda tensor: tensor.bfloat16()))
    state_dict('double.pth', plain(lambda tensor: tensor.double()))
    state_dict('views.pth', views())
    state_dict('legacy-views.pth', views(), legacy=True)
    inside('checkpoint.pth', checkpoint('state_dict', 'module.'), 'state_dict')
    inside('legacy-checkpoint.pth', checkpoint('model', '_orig_mod.'), 'model', legacy=True)
    inside('protocol5-checkpoint.pth', checkpoint('net'), 'net', protocol=5)
    inside('nested-bomb.pth', nested(), 'state_dict')
    inside('lightning.ckpt.pth', lightning(), 'state_dict')
    inside('legacy-lightning.ckpt.pth', lightning(), 'state_dict', legacy=True)
    both = {'state_dict': plain(), 'state_dict_ema': plain(prefix='module.'), 'scaler': {'scale': torch.tensor(2.0)}}
    save('averaged.pth', both)
    files['averaged.pth'] = expected({f'{key}.{name}': tensor for key in list(both)[:2] for name, tensor in both[key].items()})
    save('system.pth', {'state_dict': plain(), 'extra': System()})
    save('system-protocol4.pth', {'extra': System()}, protocol=4)
    save('system-legacy.pth', {'extra': System()}, legacy=True)
    (here / 'system.pkl').write_bytes(pickle.dumps(System(), 2))
    save('module.pth', torch.nn.Sequential(torch.nn.Linear(2, 2)))
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(here / 'script.pt', 'w', zipfile.ZIP_STORED) as target:
        # Without the debugging files, which hold this machine's paths.
        for entry in source.infolist():
            if not entry.filename.endswith('.debug_pkl'):
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry))
    (here / 'expected.json').write_text(json.dumps(files, separators=(',', ':')).replace('},"', '},\n"') + '\n')


def full(folder):
    import torchvision
    torch.manual_seed(1)
    model = torchvision.models.resnet50()
    torch.save(model.state_dict(), folder / 'full.pth')
    torch.save(model.state_dict(), folder / 'full-legacy.pth', _use_new_zipfile_serialization=False)
    torch.save(model.to(memory_format=torch.channels_last).state_dict(), folder / 'full-channels-last.pth')


if len(sys.argv) > 1:
    full(pathlib.Path(sys.argv[1]))
else:
    small()
