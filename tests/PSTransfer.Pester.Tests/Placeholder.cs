namespace PSTransfer.Core.Tests;
internal static class Placeholder;
