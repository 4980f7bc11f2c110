using System.Buffers.Binary;
using System.Numerics;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.PyTorch;

/// <summary>
/// Interprets a pickle as far as weights need it: protocols 2 to 5, and no opcode that runs anything. Values are null, bool, long,
/// BigInteger, double, string, object?[] for a tuple, List&lt;object?&gt;, and the types in PickledValues. Nothing here walks through
/// values, so they may hold each other in circles. The number of opcodes bounds the memory. Opcodes: Python's Lib/pickletools.py.
/// </summary>
internal sealed class Unpickler
{
    // Sixty thousand tensors need this number. One opcode costs at most a hundred bytes besides its text.
    private const int MaxOpcodes = 3_000_000;

    // A tensor is kept with its dimensions, eight bytes each. No checkpoint has half as many tensors.
    private const int MaxTensors = 100_000;

    private const int MaxForeign = 1000;

    private readonly PickleBytes _bytes;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];

    private readonly Dictionary<string, PickledStorage> _storages;

    private int _tensors;

    private readonly HashSet<string>? _foreign;

    private Unpickler(PickleBytes bytes, Dictionary<string, PickledStorage> storages, HashSet<string>? foreign)
    {
        _bytes = bytes;
        _storages = storages;
        _foreign = foreign;
    }

    // A mark hides the values below it.
    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    /// <summary>Reads one pickle, up to its end.</summary>
    /// <param name="bytes">The bytes, from the pickle's start on.</param>
    /// <param name="storages">Receives, by key, the storages to which the pickle refers.</param>
    /// <param name="foreign">Receives the names that weights never need; null to forget them.</param>
    /// <exception cref="InvalidDataException">The pickle is damaged, or asks for names that can run programs. The message is a sentence
    /// without the file's name.</exception>
    public static object? Load(PickleBytes bytes, Dictionary<string, PickledStorage> storages, HashSet<string>? foreign = null)
    {
        var machine = new Unpickler(bytes, storages, foreign);
        for (var count = 0; count < MaxOpcodes; count++)
        {
            var opcode = bytes.Byte();
            if (opcode == '.')
            {
                return machine.Pop();
            }

            machine.Run(opcode);
        }

        throw new InvalidDataException(
            $"its pickle has more than {MaxOpcodes} steps; save the state dict alone: torch.save(model.state_dict(), 'weights.pth')");
    }

    private void Run(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Protocol(_bytes.Byte()); break;
            case 0x95: _bytes.Few(8); break;
            case (byte)'(': _marks.Add(_stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Top()); break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(_bytes.Few(4))); break;
            case (byte)'K': Push((long)_bytes.Byte()); break;
            case (byte)'M': Push((long)Short()); break;
            case 0x8A: PushInteger(_bytes.Byte()); break;
            case 0x8B: PushInteger(Int()); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(_bytes.Few(8))); break;

            case (byte)'X' or (byte)'T': Push(_bytes.Text(Int())); break;
            case 0x8C or (byte)'U': Push(_bytes.Text(_bytes.Byte())); break;
            case 0x8D: Push(_bytes.Text(Long())); break;
            case (byte)'B': Inert(Int()); break;
            case (byte)'C': Inert(_bytes.Byte()); break;
            case 0x8E or 0x96: Inert(Long()); break;

            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(Take(1)); break;
            case 0x86: Push(Take(2)); break;
            case 0x87: Push(Take(3)); break;
            case (byte)'t': Push(PopToMark()); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'l': Push(new List<object?>(PopToMark())); break;
            case (byte)'a': Append(Take(1)); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'}': Push(new PickledDictionary()); break;
            case (byte)'d': Fill(new PickledDictionary()); break;
            case (byte)'s': SetItems(Take(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case 0x8F: Push(PickledObject.Plain); break;
            case 0x90: PopToMark(); break;
            case 0x91: PopToMark(); Push(PickledObject.Plain); break;

            case (byte)'c': Push(Name(_bytes.Line(), _bytes.Line())); break;
            case 0x93: Push(Global(Take(2))); break;
            case (byte)'R' or 0x81: Push(Call(Take(2))); break;
            case 0x92: Push(Call(Take(3))); break;
            case (byte)'b': Pop(); Top(); break;
            case (byte)'Q': Push(Reference(Pop())); break;

            case (byte)'q': _memo[_bytes.Byte()] = Top(); break;
            case (byte)'r': _memo[Int()] = Top(); break;
            case 0x94: _memo[(uint)_memo.Count] = Top(); break;
            case (byte)'h': Recall(_bytes.Byte()); break;
            case (byte)'j': Recall(Int()); break;

            default: throw Damaged($"the opcode 0x{opcode:X2}, which PyTorch doesn't write");
        }
    }

    private object? Call(object?[] values)
    {
        var made = KnownNames.Build(values[0], values[1]);
        return made is not PickledTensor || ++_tensors <= MaxTensors
            ? made
            : throw new InvalidDataException(
                $"its pickle has more than {MaxTensors} tensors; save the state dict alone: "
                + "torch.save(model.state_dict(), 'weights.pth')");
    }

    private object Reference(object? id)
    {
        if (KnownNames.ModuleClass(id) is { } type)
        {
            return type;
        }

        var found = KnownNames.Storage(id);
        if (found is not PickledStorage storage)
        {
            return found;
        }

        return _storages.TryAdd(storage.Key, storage)
            || _storages[storage.Key] is var first && (first.Count, first.DataType) == (storage.Count, storage.DataType)
            ? storage
            : throw Damaged($"two sizes or types of the storage {Printable.Text(storage.Key)}");
    }

    private PickledName Global(object?[] values) =>
        values is [string module, string name] ? Name(module, name) : throw Damaged("a name that isn't text");

    private PickledName Name(string module, string name)
    {
        var found = KnownNames.Find(module, name);
        if (_foreign is { Count: < MaxForeign } && !KnownNames.IsKnown(found.Name))
        {
            _foreign.Add(found.Name);
        }

        return found;
    }

    private void Protocol(byte version)
    {
        if (version is < 2 or > 5)
        {
            throw Damaged($"protocol {version}; expected 2 to 5");
        }
    }

    private uint Short() => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Few(2));

    private uint Int() => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Few(4));

    private ulong Long() => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Few(8));

    private void PushInteger(uint length)
    {
        if (length > byte.MaxValue)
        {
            throw Damaged($"an integer of {length} bytes");
        }

        var value = new BigInteger(_bytes.Few((int)length));
        Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private void Inert(ulong length)
    {
        _bytes.Skip(length);
        Push(PickledObject.Plain);
    }

    private void Append(object?[] values)
    {
        switch (Top())
        {
            case List<object?> list:
                list.AddRange(values);
                break;
            case PickledObject:
                break;
            default:
                throw Damaged("values added to what isn't a list");
        }
    }

    private void Fill(PickledDictionary dictionary)
    {
        var items = PopToMark();
        Push(dictionary);
        SetItems(items);
    }

    private void SetItems(object?[] values)
    {
        if (Top() is not (PickledDictionary or PickledObject) || values.Length % 2 != 0)
        {
            throw Damaged("keys and values set in what isn't a dict");
        }

        if (Top() is PickledDictionary dictionary)
        {
            for (var i = 0; i < values.Length; i += 2)
            {
                dictionary.Items.Add((values[i], values[i + 1]));
            }
        }
    }

    private void Recall(uint index) =>
        Push(_memo.TryGetValue(index, out var value) ? value : throw Damaged($"a value recalled that was never kept ({index})"));

    private void Push(object? value) => _stack.Add(value);

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Damaged("a step that needs a value where there is none");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] Take(int count)
    {
        if (_stack.Count - count < Floor)
        {
            throw Damaged("a step that needs more values than there are");
        }

        var values = new object?[count];
        _stack.CopyTo(_stack.Count - count, values, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw Damaged("the end of a group that never began");
        }

        var values = Take(_stack.Count - Floor);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private InvalidDataException Damaged(string found) =>
        new($"at byte {_bytes.Position} of its pickle, found {found}: the file is damaged or not PyTorch's; download or export it again");
}
