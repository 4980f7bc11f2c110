namespace PSTransfer;
internal static class Placeholder;
