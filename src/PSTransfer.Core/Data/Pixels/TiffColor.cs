using BitMiracle.LibTiff.Classic;

namespace PSTransfer.Core.Data.Pixels;

/// <summary>
/// Converts the samples of a TIFF file to pixels. Of 16 bits the upper eight are taken, as for PNG. Ink becomes (1 - ink)(1 - black), as in
/// a JPEG without a profile. Colours multiplied by alpha are divided by alpha, since dropping alpha must not darken the picture.
/// </summary>
internal sealed class TiffColor
{
    private const ushort BitsPerSample = 258;
    private const ushort CompressionTag = 259;
    private const ushort PhotometricTag = 262;
    private const ushort SamplesPerPixel = 277;
    private const ushort PlanarTag = 284;
    private const ushort ColorMap = 320;
    private const ushort ExtraSamples = 338;
    private const ushort SampleFormatTag = 339;
    private const int MostSamples = 16;
    private readonly Photometric _photometric;
    private readonly int _bits;
    private readonly int _samples;
    private readonly bool _apart;
    private readonly int _alpha;
    private readonly int[] _palette;

    private TiffColor(Photometric photometric, int bits, int samples, bool apart, int alpha, int[] palette) =>
        (_photometric, _bits, _samples, _apart, _alpha, _palette) = (photometric, bits, samples, apart, alpha, palette);

    /// <summary>How many planes hold the samples: one for each kind of sample, or 1 if a pixel's samples are stored together.</summary>
    public int Planes => _apart ? _samples : 1;

    public bool IsGrey => _photometric is Photometric.MINISBLACK or Photometric.MINISWHITE;

    /// <summary>Whether the file's ICC profile can be used. A profile for ink can't.</summary>
    public bool HasProfile => _photometric != Photometric.SEPARATED;

    /// <exception cref="PSTransferException">The colours are of a kind that isn't read; the message says which.</exception>
    public static TiffColor Of(TiffDirectory tags, string path)
    {
        var bits = tags.All(BitsPerSample) is { Length: > 0 } each ? each : [1u];
        var (samples, photometric) = (tags.First(SamplesPerPixel, 1), (Photometric)tags.First(PhotometricTag, 1));
        var jpeg = tags.First(CompressionTag, 1) == (uint)Compression.JPEG;
        var needed = photometric switch
        {
            Photometric.MINISWHITE or Photometric.MINISBLACK or Photometric.PALETTE => 1,
            Photometric.RGB => 3,
            Photometric.YCBCR when jpeg => 3, // the library converts YCbCr to RGB
            Photometric.SEPARATED => 4,
            _ => throw Other(path, $"colours of kind {(int)photometric}"),
        };
        if (samples < needed || samples > MostSamples || bits.Any(bit => bit != bits[0])
            || !(bits[0] is 8 or 16 || (bits[0] is 1 or 2 or 4 && needed == 1)))
        {
            throw Other(path, $"pixels of {samples} × {bits[0]} bits");
        }

        if (tags.All(SampleFormatTag).Any(format => format is not ((uint)SampleFormat.UINT or (uint)SampleFormat.VOID)))
        {
            throw Other(path, "samples that are signed or floating-point numbers");
        }

        var palette = photometric == Photometric.PALETTE ? Palette(tags.All(ColorMap), 1 << (int)bits[0], path) : [];
        var alpha = tags.All(ExtraSamples) is [(uint)ExtraSample.ASSOCALPHA, ..] && samples > needed && needed != 4 ? needed : -1;
        return new TiffColor(photometric, (int)bits[0], (int)samples, tags.First(PlanarTag, 1) == 2 && samples > 1, alpha, palette);
    }

    /// <summary>The bytes in a row of one plane.</summary>
    public int RowBytes(int width) => (int)((((long)width * _bits * (_apart ? 1 : _samples)) + 7) / 8);

    /// <summary>Converts a row of samples to pixels.</summary>
    /// <param name="planes">The samples of each plane.</param>
    /// <param name="row">Where the row begins in each plane.</param>
    /// <param name="pixels">Receives red, green and blue, from the lowest byte on.</param>
    public void Convert(byte[][] planes, int row, Span<int> pixels)
    {
        for (var x = 0; x < pixels.Length; x++)
        {
            int red, green, blue;
            if (_photometric == Photometric.PALETTE)
            {
                pixels[x] = _palette[Raw(planes, row, x, 0)];
                continue;
            }

            if (IsGrey)
            {
                red = Sample(planes, row, x, 0);
                green = blue = red = _photometric == Photometric.MINISWHITE ? 255 - red : red;
            }
            else
            {
                (red, green, blue) = (Sample(planes, row, x, 0), Sample(planes, row, x, 1), Sample(planes, row, x, 2));
            }

            if (_photometric == Photometric.SEPARATED)
            {
                var light = 255 - Sample(planes, row, x, 3);
                (red, green, blue) = (Product(255 - red, light), Product(255 - green, light), Product(255 - blue, light));
            }
            else if (_alpha >= 0 && Sample(planes, row, x, _alpha) is > 0 and var alpha)
            {
                (red, green, blue) = (Quotient(red, alpha), Quotient(green, alpha), Quotient(blue, alpha));
            }

            pixels[x] = red | (green << 8) | (blue << 16);
        }
    }

    private static int Product(int one, int other) => ((one * other) + 127) / 255;

    private static int Quotient(int color, int alpha) => Math.Min(255, ((color * 255) + (alpha / 2)) / alpha);

    /// <summary>Reads the colours of a palette. Some programs write 8 bits where 16 belong.</summary>
    private static int[] Palette(uint[] map, int count, string path)
    {
        if (count > 256 || map.Length < 3 * count)
        {
            throw Other(path, $"a palette of {map.Length / 3} colours, where {count} are possible");
        }

        var shift = map.All(value => value < 256) ? 0 : 8;
        return
        [
            .. Enumerable.Range(0, count)
                .Select(index => Color(index) | (Color(count + index) << 8) | (Color((2 * count) + index) << 16)),
        ];

        int Color(int at) => (int)map[at] >> shift;
    }

    private static PSTransferException Other(string path, string found) => ImageDecoder.Broken(
        path,
        $"it has {found}, which can't be read: grey, palette, RGB, YCbCr in JPEG and CMYK of 8 or 16 bits can. "
        + "Convert it, as by 'magick in.tif -depth 8 -type TrueColor -compress lzw out.tif'");

    private int Sample(byte[][] planes, int row, int x, int sample)
    {
        var raw = Raw(planes, row, x, sample);
        return _bits < 8 ? raw * 255 / ((1 << _bits) - 1) : raw;
    }

    private int Raw(byte[][] planes, int row, int x, int sample)
    {
        var (bytes, index) = _apart ? (planes[sample], x) : (planes[0], (x * _samples) + sample);
        return _bits switch
        {
            8 => bytes[row + index],
            16 => bytes[row + (2 * index) + (BitConverter.IsLittleEndian ? 1 : 0)], // the library swaps bytes to the processor's order
            _ => (bytes[row + (index * _bits / 8)] >> (8 - _bits - (index * _bits % 8))) & ((1 << _bits) - 1),
        };
    }
}
