using Microsoft.Win32.SafeHandles;
using PSTransfer.Core.Files;
using PSTransfer.Core.Text;

namespace PSTransfer.Core.Weights.TensorFlowJs;

/// <summary>Joins the shards of a group to one sequence of bytes. Only one shard is open at a time, since there may be hundreds.</summary>
internal sealed class ShardBytes : IDisposable
{
    private readonly string _path;
    private readonly string _folder;
    private readonly List<Shard> _shards = [];
    private Shard? _current;
    private SafeFileHandle? _handle;

    /// <summary>Reads the shards' lengths and compares them with the needs of the group's tensors.</summary>
    /// <param name="path">The path of model.json; the shards lie beside it.</param>
    /// <param name="group">A group of the manifest in model.json.</param>
    /// <exception cref="PSTransferException">InvalidData: a shard is missing, or the lengths differ. The message names the
    /// shard.</exception>
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
                    $"{path}: shard {Show(name)}: expected a file beside model.json, "
                    + $"found {(Directory.Exists(file.FullName) ? "a folder" : "none")}; "
                    + $"all {group.Paths.Count} shards of its group must be there.",
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
    /// <param name="position">The first byte; position and length must be inside the group.</param>
    /// <param name="destination">Receives the bytes.</param>
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
                : throw FileFault.Damaged(
                    _path,
                    $"shard {Show(shard.Name)}: expected {shard.Length} bytes, found {position}: it was cut short while it was being read");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _current = null;
            throw new PSTransferException(
                FaultKind.InvalidData,
                $"{_path}: shard {Show(shard.Name)} can't be read: {exception.Message.TrimEnd('.')}; "
                + "check the file and its permissions.",
                _path,
                exception);
        }
    }

    /// <summary>
    /// Makes the error for shards of a wrong length. The manifest doesn't hold the shards' own lengths, but all writers make them equal,
    /// except for the last. So the first shard that is shorter than the longest lacks the missing bytes, or else the last shard.
    /// </summary>
    private PSTransferException WrongLength(long expected, long found)
    {
        var total = $"the tensors of its group need {expected} bytes and its {_shards.Count} shards have {found}";
        if (_shards.Count == 0 || found > expected)
        {
            var names = _shards switch
            {
                [] => "no shard",
                [var one] => $"shard {Show(one.Name)}",
                _ => $"shards {Show(_shards[0].Name)} to {Show(_shards[^1].Name)}",
            };
            return FileFault.Damaged(
                _path,
                $"{names}: expected {expected} bytes in all, as the group's tensors need, found {found}: "
                + "were they written for another model.json?");
        }

        var longest = _shards.Max(shard => shard.Length);
        var blamed = _shards.SkipLast(1).FirstOrDefault(shard => shard.Length < longest) ?? _shards[^1];
        return FileFault.Damaged(
            _path,
            $"shard {Show(blamed.Name)}: expected {blamed.Length + expected - found} bytes, found {blamed.Length}: {total}");
    }

    private static string Show(string name) => Printable.Text(name);

    private sealed record Shard(string Name, long Begin, long Length);
}
