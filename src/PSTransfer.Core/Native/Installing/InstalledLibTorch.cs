namespace PSTransfer.Core.Native.Installing;

/// <summary>A libtorch that Install-LibTorch has put into the user's folder.</summary>
/// <param name="Version">2.10.0</param>
/// <param name="Platform">linux-x64</param>
/// <param name="Build">cpu, or what the build was called that was installed from a folder, such as cu128.</param>
/// <param name="Path">Its folder.</param>
/// <param name="Bytes">What its files take.</param>
public sealed record InstalledLibTorch(string Version, string Platform, string Build, string Path, long Bytes);
