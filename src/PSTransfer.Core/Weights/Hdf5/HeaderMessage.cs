namespace PSTransfer.Core.Weights.Hdf5;

/// <summary>A message in an object's header.</summary>
internal readonly record struct HeaderMessage(MessageKind Kind, ReadOnlyMemory<byte> Data);

/// <summary>The kinds of messages that are read; a fill value is only written. Other kinds say nothing about names and numbers.</summary>
internal enum MessageKind
{
    Dataspace = 1,
    LinkInfo = 2,
    Datatype = 3,
    FillValue = 5,
    Link = 6,
    ExternalFiles = 7,
    Layout = 8,
    Attribute = 12,
    Continuation = 16,
    SymbolTable = 17,
    AttributeInfo = 21,
}
