using PSTransfer.Core.Data.Sets;
using PSTransfer.Core.Files;

namespace PSTransfer.Core.Data.Tables;

/// <summary>
/// Files in the order they came, each once. The names are kept in a <see cref="PathList"/>; the lookup holds numbers only.
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

    /// <summary>Adds a file; false where it is there already.</summary>
    /// <param name="file">By its full path.</param>
    /// <param name="number">The file's, from 0.</param>
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

    /// <summary>Numbers are looked up by name, as the file system of the platform compares names.</summary>
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
