namespace PSTransfer;

/// <summary>How a data set is stored on disk.</summary>
public enum DatasetFormat
{
    /// <summary>PSTransfer decides by the content of the path.</summary>
    Auto,

    /// <summary>A folder with one subfolder per class.</summary>
    ImageFolder,

    /// <summary>CIFAR-10, binary version: a .bin file, a folder of them, or the .tar.gz.</summary>
    Cifar10,

    /// <summary>CIFAR-100, binary version, with its 100 fine labels.</summary>
    Cifar100,

    /// <summary>IDX, the format of MNIST and Fashion-MNIST, plain or .gz.</summary>
    Idx,

    /// <summary>A table of image files and labels: .csv, .tsv, or another text file with columns.</summary>
    Table,
}
