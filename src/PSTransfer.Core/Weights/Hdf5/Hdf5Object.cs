using PSTransfer.Core.Text;


namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>A group or a dataset, read from its header.</summary>
internal sealed class Hdf5Object
{
    // The cost of one letter of a path while the path is followed.
    private const int LetterCost = 8;

    private readonly Hdf5File _file;
    private readonly List<HeaderMessage> _messages;
    private readonly Lazy<OrderedDictionary<string, Hdf5Link>> _links;
    private readonly Lazy<Dictionary<string, Hdf5Attribute>> _attributes;

    /// <summary>Reads the header of a group or dataset.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">The address of the header.</param>
    /// <param name="path">The object's name, for errors.</param>
    public Hdf5Object(Hdf5File file, long address, string path)
    {
        _file = file;
        Path = Printable.Text(path);
        _messages = ObjectHeader.Read(file.Bytes, address);
        _links = new(ReadLinks);
        _attributes = new(ReadAttributes);
    }

    /// <summary>The object's name from the root on, fit for an error.</summary>
    public string Path { get; }

    /// <summary>Whether the object has members.</summary>
    public bool IsGroup => _messages.Exists(message => message.Kind is MessageKind.SymbolTable or MessageKind.LinkInfo or MessageKind.Link);

    /// <summary>Whether the object has numbers.</summary>
    public bool IsDataset => _messages.Exists(message => message.Kind == MessageKind.Layout);

    /// <summary>The names of the members, in the order of the file; none for a dataset.</summary>
    public IEnumerable<string> Names => _links.Value.Keys;

    /// <summary>Returns the object of a name, which may lead through groups ("conv1/conv1/kernel:0"); null if there is none.</summary>
    /// <exception cref="PSTransferException">A link on the way leads to a name, or into another file.</exception>
    public Hdf5Object? Find(string path)
    {
        _file.Bytes.Charge((long)path.Length * LetterCost);
        var found = this;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!found._links.Value.TryGetValue(name, out var link))
            {
                return null;
            }

            found = found.Open(link);
        }

        return found;
    }

    /// <summary>Returns the texts of an attribute; null if there is no attribute of this name.</summary>
    public List<string>? Strings(string attribute) =>
        _attributes.Value.TryGetValue(attribute, out var found) ? found.Strings(_file.Bytes, _file.Heap) : null;

    /// <summary>Returns the object as a dataset.</summary>
    /// <exception cref="PSTransferException">The dataset's numbers aren't in the file, or not in one piece.</exception>
    public Hdf5Dataset Dataset() => new(_file.Bytes, Path, Message, Strings("dtype") is ["bfloat16"]);

    private ReadOnlyMemory<byte>? Message(MessageKind kind)
    {
        var at = _messages.FindIndex(message => message.Kind == kind);

        // Without the cast, null would become empty memory, since arrays convert implicitly.
        return at < 0 ? (ReadOnlyMemory<byte>?)null : _messages[at].Data;
    }

    private Hdf5Object Open(Hdf5Link link)
    {
        var path = $"{Path.TrimEnd('/')}/{link.Name}".TrimStart('/');
        return link.Elsewhere is null
            ? _file.Object(link.Address, path)
            : throw _file.Bytes.Wrong(
                $"{Printable.Text(path)} is {Printable.Text(link.Elsewhere)}, which is not followed; "
                + "save the weights into one file with Keras.");
    }

    private OrderedDictionary<string, Hdf5Link> ReadLinks()
    {
        var links = new OrderedDictionary<string, Hdf5Link>();
        foreach (var link in Links())
        {
            links.TryAdd(link.Name, link);
        }

        return links;
    }

    private IEnumerable<Hdf5Link> Links()
    {
        if (Message(MessageKind.SymbolTable) is { } table)
        {
            return SymbolTable.Links(_file.Bytes, table);
        }

        var dense = Message(MessageKind.LinkInfo) is { } info ? DenseStorage.Links(_file.Bytes, info) : [];
        return Bodies(MessageKind.Link).Concat(dense).Select(message => Hdf5Link.Parse(_file.Bytes, message));
    }

    private Dictionary<string, Hdf5Attribute> ReadAttributes()
    {
        var dense = Message(MessageKind.AttributeInfo) is { } info ? DenseStorage.Attributes(_file.Bytes, info) : [];
        var attributes = new Dictionary<string, Hdf5Attribute>();
        foreach (var message in Bodies(MessageKind.Attribute).Concat(dense))
        {
            var attribute = Hdf5Attribute.Parse(_file.Bytes, message);
            attributes.TryAdd(attribute.Name, attribute);
        }

        return attributes;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Bodies(MessageKind kind) =>
        _messages.Where(message => message.Kind == kind).Select(message => message.Data);
}
