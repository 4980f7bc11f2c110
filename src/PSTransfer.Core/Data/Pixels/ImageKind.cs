using PSTransfer.Core.Text;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>A kind of picture file, with its name and the endings of its files.</summary>
/// <param name="Name">The kind's name in messages.</param>
/// <param name="IsReadable">Whether <see cref="ImageDecoder"/> decodes this kind.</param>
/// <param name="Endings">How names of such files end, in lower case.</param>
internal sealed record ImageKind(string Name, bool IsReadable, params string[] Endings)
{
    public static readonly ImageKind Jpeg = new("JPEG", true, ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".pjp");
    public static readonly ImageKind Png = new("PNG", true, ".png", ".apng");
    public static readonly ImageKind Bmp = new("BMP", true, ".bmp");
    public static readonly ImageKind WebP = new("WebP", true, ".webp");
    public static readonly ImageKind Gif = new("GIF", true, ".gif");
    public static readonly ImageKind Tiff = new("TIFF", true, ".tif", ".tiff");
    public static readonly ImageKind Pnm = new("PNM", true, ".ppm", ".pgm", ".pbm", ".pnm");
    public static readonly ImageKind BigTiff = new("BigTIFF", false);
    public static readonly ImageKind Heic = new("HEIC", false, ".heic", ".heif", ".heics", ".heifs", ".hif");
    public static readonly ImageKind Avif = new("AVIF", false, ".avif", ".avifs");
    public static readonly ImageKind JpegXl = new("JPEG XL", false, ".jxl");
    public static readonly ImageKind Jpeg2000 = new("JPEG 2000", false, ".jp2", ".j2k", ".jpf", ".jpx", ".jpm", ".j2c", ".jpc");
    public static readonly ImageKind JpegXr = new("JPEG XR", false, ".jxr", ".hdp", ".wdp");

    /// <summary>Raw files of cameras. Most begin like TIFF files, so the ending of the name decides.</summary>
    public static readonly ImageKind Raw = new(
        "RAW", false,
        ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".orf", ".rw2", ".rwl", ".pef", ".srw", ".x3f",
        ".mrw", ".3fr", ".iiq", ".erf", ".kdc", ".dcr", ".mos", ".raw");

    public static readonly ImageKind Psd = new("Photoshop", false, ".psd", ".psb");
    public static readonly ImageKind Xcf = new("GIMP", false, ".xcf");
    public static readonly ImageKind Svg = new("SVG", false, ".svg", ".svgz");
    public static readonly ImageKind Pdf = new("PDF", false, ".pdf");
    public static readonly ImageKind PostScript = new("PostScript", false, ".eps", ".ps", ".ai");
    public static readonly ImageKind Icon = new("icon", false, ".ico", ".cur", ".icns");
    public static readonly ImageKind Dicom = new("DICOM", false, ".dcm", ".dicom");
    public static readonly ImageKind OpenExr = new("OpenEXR", false, ".exr");
    public static readonly ImageKind Radiance = new("Radiance HDR", false, ".hdr");

    /// <summary>Other kinds that can't be read. A .dib is a BMP or a BMP without its first header, so its content decides.</summary>
    public static readonly ImageKind Other = new(
        "of other kinds", false,
        ".dib", ".tga", ".dds", ".pcx", ".qoi", ".pam", ".pfm", ".xpm", ".xbm", ".wbmp", ".emf", ".wmf", ".djvu", ".fits", ".fit", ".ras",
        ".sgi", ".pict");

    /// <summary>All kinds that have a name.</summary>
    public static IReadOnlyList<ImageKind> All { get; } =
    [
        Jpeg, Png, Bmp, WebP, Gif, Tiff, Pnm,
        BigTiff, Heic, Avif, JpegXl, Jpeg2000, JpegXr, Raw, Psd, Xcf, Svg, Pdf, PostScript, Icon, Dicom, OpenExr, Radiance, Other,
    ];

    /// <summary>The kinds that can be read, for messages.</summary>
    public static string ReadableNames { get; } =
        NameList.All(All.Where(kind => kind.IsReadable).Select(kind => kind.Name));
}
