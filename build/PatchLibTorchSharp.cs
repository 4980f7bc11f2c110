using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace PSTransfer.Build;

/// <summary>
/// Makes TorchSharp 0.107.0's libLibTorchSharp.so loadable on Debian 12 and Ubuntu 22.04. The library asks for one symbol that is too
/// new for their C++ runtime: std::ios_base_library_init, version GLIBCXX_3.4.32. The symbol makes iostreams ready for use. libtorch has
/// done that already when the library loads. So the call can go to any function without arguments and without effects; getpid is one. The
/// ELF64 image gets three edits. The version entry asks for GLIBCXX_3.4.30 (which the library needs anyway), the symbol takes any
/// version, and the symbol's name becomes getpid.
/// </summary>
public static class LibTorchSharpPatch
{
    private const string Symbol = "_ZSt21ios_base_library_initv";
    private const string TooNew = "GLIBCXX_3.4.32";
    private const string Common = "GLIBCXX_3.4.30";
    private const string Replacement = "getpid";

    private const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff;

    /// <summary>Edits the image in place. Returns false, without a change, if the image doesn't ask for the version.</summary>
    /// <exception cref="InvalidDataException">The edits weren't made for this image.</exception>
    public static bool Apply(byte[] image)
    {
        if (image.Length < 64 || BitConverter.ToUInt32(image, 0) != 0x464c457f || image[4] != 2 || image[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        try
        {
            return Edit(image);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("a table of the ELF file points outside of it", e);
        }
    }

    private static bool Edit(byte[] image)
    {
        Section needs = Find(image, VersionNeeds), versions = Find(image, SymbolVersions), symbols = Find(image, DynamicSymbols);
        int strings = Find(image, symbols.Link).Offset;

        int tooNew = -1, common = -1;
        var names = new List<int>();
        for (int need = needs.Offset, next = 1; next != 0; need += next)
        {
            int aux = need + Int(image, need + 8);
            for (int i = 0, count = BitConverter.ToUInt16(image, need + 2); i < count; i++, aux += Int(image, aux + 12))
            {
                names.Add(Int(image, aux + 8));
                string name = Text(image, strings + Int(image, aux + 8));
                if (name == TooNew) tooNew = aux;
                if (name == Common) common = aux;
            }
            next = Int(image, need + 12);
        }
        if (tooNew < 0) return false;
        if (common < 0) throw new InvalidDataException($"the library needs {TooNew} but not {Common}, which was to take its place");

        ushort index = BitConverter.ToUInt16(image, tooNew + 6);
        int found = -1;
        for (int i = 0; i < symbols.Size / 24; i++)
        {
            int name = Int(image, symbols.Offset + 24 * i);
            names.Add(name);
            if (BitConverter.ToUInt16(image, versions.Offset + 2 * i) != index) continue;
            if (found >= 0 || Text(image, strings + name) != Symbol)
                throw new InvalidDataException($"{Text(image, strings + name)} needs {TooNew}; only {Symbol} was expected to need it");
            found = i;
        }
        if (found < 0) throw new InvalidDataException($"no symbol needs {TooNew}");

        // Linkers let one string end in another, so no other entry may use the bytes that change.
        int start = Int(image, symbols.Offset + 24 * found);
        if (names.FindAll(n => n >= start && n <= start + Symbol.Length).Count != 1)
            throw new InvalidDataException($"the name {Symbol} is shared with another symbol");

        Array.Copy(image, common, image, tooNew, 4);
        Array.Copy(image, common + 8, image, tooNew + 8, 4);
        image[versions.Offset + 2 * found] = 1;
        image[versions.Offset + 2 * found + 1] = 0;
        Encoding.ASCII.GetBytes(Replacement + "\0").CopyTo(image, strings + start);
        return true;
    }

    private struct Section
    {
        public int Offset, Size, Link;
    }

    private static Section Find(byte[] image, uint type)
    {
        for (int i = 0; i < BitConverter.ToUInt16(image, 60); i++)
            if (BitConverter.ToUInt32(image, Header(image, i) + 4) == type)
                return Find(image, i);
        throw new InvalidDataException($"the ELF file has no section of type 0x{type:x}");
    }

    private static Section Find(byte[] image, int index)
    {
        int header = Header(image, index);
        return new Section { Offset = Int(image, header + 24), Size = Int(image, header + 32), Link = Int(image, header + 40) };
    }

    private static int Header(byte[] image, int index) => Int(image, 40) + index * BitConverter.ToUInt16(image, 58);

    private static int Int(byte[] image, int offset) => BitConverter.ToInt32(image, offset);

    private static string Text(byte[] image, int offset) =>
        Encoding.ASCII.GetString(image, offset, Array.IndexOf(image, (byte)0, offset) - offset);
}

#if !WITHOUT_MSBUILD
/// <summary>Writes an edited copy of Source to Destination. Source is a file of the package cache and is only read.</summary>
public class PatchLibTorchSharp : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        byte[] image = File.ReadAllBytes(Source);
        try
        {
            if (!LibTorchSharpPatch.Apply(image))
            {
                Log.LogMessage(
                    Microsoft.Build.Framework.MessageImportance.High, $"{Source} loads on older systems as it is: copied unchanged.");
            }
        }
        catch (InvalidDataException e)
        {
            Log.LogError(
                $"{Source} can't be made loadable on older systems: {e.Message}. "
                + "build/PatchLibTorchSharp.cs must be brought up to date with this version of TorchSharp.");
            return false;
        }
        // Outputs may be hard links to Destination. So a new file takes its place, and the old one isn't written to.
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        string whole = Destination + ".tmp";
        File.WriteAllBytes(whole, image);
        File.Delete(Destination);
        File.Move(whole, Destination);
        return true;
    }
}
#endif
