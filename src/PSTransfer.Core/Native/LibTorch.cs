namespace PSTransfer.Core.Native;
public static class LibTorch { public static void EnsureLoaded() { } }
