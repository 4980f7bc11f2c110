using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>The shards of a group as the one string of bytes that they are. One shard is open at a time: there may be hundreds.</summary>
internal sealed class ShardBytes : IDisposable
{
    private readonly string _path;
    private readonly string _folder;
    private readonly List<Shard> _shards = [];
    private Shard? _current;
    private SafeFileHandle? _handle;

    /// <summary>Looks up the shards' lengths and compares them with what the group's tensors need.</summary>
    /// <param name="path">model.json, beside which the shards lie.</param>
    /// <param name="group">A group of its manifest.</param>
    /// <exception cref="PSTransferException">InvalidData: a shard is missing, or the lengths differ; the message names the shard.</exception>
    public ShardBytes(string path, ManifestGroup group)
    {
        _path = path;
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        long length = 0;
        foreach (var name in group.Paths)
        {
            var file = new FileInfo(Path.Combine(_folder, name));
            if (!file.Exists)
            {
                throw new PSTransferException(
                    FaultKind.InvalidData,
                    $"{path}: shard {Show(name)}: expected a file beside model.json, found {(Directory.Exists(file.FullName) ? "a folder" : "none")}; all {group.Paths.Count} shards of its group must be there.",
                    path);
            }

            _shards.Add(new Shard(name, length, file.Length));
            length += file.Length;
        }

        if (length != group.Length)
        {
            throw WrongLength(group.Length, length);
        }
    }

    /// <summary>Copies bytes of the group, across the borders of shards.</summary>
    /// <param name="position">The first byte; position and length must be inside of the group.</param>
    /// <param name="destination">As many bytes as are wanted.</param>
    public void Read(long position, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var shard = _shards.Find(shard => position < shard.Begin + shard.Length)!;
            var part = destination[..(int)Math.Min(destination.Length, shard.Begin + shard.Length - position)];
            var count = Read(shard, position - shard.Begin, part);
            position += count;
            destination = destination[count..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private int Read(Shard shard, long position, Span<byte> destination)
    {
        try
        {
            if (shard != _current)
            {
                _handle?.Dispose();
                _handle = RegularFile.Open(Path.Combine(_folder, shard.Name), FileShare.Read | FileShare.Delete);
                _current = shard;
            }

            var count = RandomAccess.Read(_handle!, destination, position);
            return count > 0
                ? count
                : throw FileFault.Damaged(_path, $"shard {Show(shard.Name)}: expected {shard.Length} bytes, found {position}: it was cut short while it was being read");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _current = null;
            throw new PSTransferException(FaultKind.InvalidData, $"{_path}: shard {Show(shard.Name)} can't be read: {exception.Message.TrimEnd('.')}; check the file and its permissions.", _path, exception);
        }
    }

    /// <summary>
    /// The manifest doesn't tell the shards' own lengths, but all that write them make them equal, except for the last: the shard that is
    /// to blame for missing bytes is the first that is shorter than the longest, or the last.
    /// </summary>
    private PSTransferException WrongLength(long expected, long found)
    {
        var total = $"the tensors of its group need {expected} bytes and its {_shards.Count} shards have {found}";
        if (_shards.Count == 0 || found > expected)
        {
            var names = _shards switch { [] => "no shard", [var one] => $"shard {Show(one.Name)}", _ => $"shards {Show(_shards[0].Name)} to {Show(_shards[^1].Name)}" };
            return FileFault.Damaged(_path, $"{names}: expected {expected} bytes in all, as the group's tensors need, found {found}: were they written for another model.json?");
        }

        var longest = _shards.Max(shard => shard.Length);
        var blamed = _shards.SkipLast(1).FirstOrDefault(shard => shard.Length < longest) ?? _shards[^1];
        return FileFault.Damaged(_path, $"shard {Show(blamed.Name)}: expected {blamed.Length + expected - found} bytes, found {blamed.Length}: {total}");
    }

    private static string Show(string name) => Printable.Text(name);

    private sealed record Shard(string Name, long Begin, long Length);
}
