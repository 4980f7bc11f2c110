namespace PSTransfer.Core.Native.Installing;

/// <summary>A libtorch that Install-LibTorch has put into the user's folder.</summary>
/// <param name="Version">The version, such as 2.10.0.</param>
/// <param name="Platform">The platform, such as linux-x64.</param>
/// <param name="Build">cpu, or the name of a build that was installed from a folder, such as cu128.</param>
/// <param name="Path">The folder that holds the libraries.</param>
/// <param name="Bytes">The total size of the files in bytes.</param>
public sealed record InstalledLibTorch(string Version, string Platform, string Build, string Path, long Bytes);
