using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Data.Tables;

/// <summary>
/// Keeps files in the order they came, each once. A <see cref="PathList"/> holds the names; the lookup holds numbers only.
/// </summary>
internal sealed class FilesOnce
{
    private readonly PathList _files = [];
    private readonly HashSet<int> _numbers;
    private readonly HashSet<int>.AlternateLookup<string> _lookup;

    public FilesOnce()
    {
        _numbers = new HashSet<int>(new ByName(_files));
        _lookup = _numbers.GetAlternateLookup<string>();
    }

    public int Count => _files.Count;

    public string this[int number] => _files[number];

    /// <summary>Adds a file; false if the file is in the list already.</summary>
    /// <param name="file">The file's full path.</param>
    /// <param name="number">The file's number in the list, from 0.</param>
    public bool Add(string file, out int number)
    {
        if (_lookup.TryGetValue(file, out number))
        {
            return false;
        }

        number = _files.Count;
        _lookup.Add(file);
        return true;
    }

    /// <summary>Looks numbers up by name, compared as the platform's file system compares names.</summary>
    private sealed class ByName(PathList files) : IEqualityComparer<int>, IAlternateEqualityComparer<string, int>
    {
        private static readonly StringComparer Names = PathCase.Comparer();

        public int Create(string alternate)
        {
            files.Add(alternate);
            return files.Count - 1;
        }

        public bool Equals(string alternate, int other) => Names.Equals(alternate, files[other]);

        public int GetHashCode(string alternate) => Names.GetHashCode(alternate);

        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => Names.GetHashCode(files[obj]);
    }
}
